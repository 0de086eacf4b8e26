package matchmaker.esnode;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.ClasspathNode;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/**
 * Runs one node with the settings given as {@code key=value} arguments. SIGTERM closes it in order; the end of its
 * standard input, which is the death of whoever started it, ends it at once.
 */
public final class Main {
    public static void main(String[] arguments) throws Exception {
        // Before any other class of the server: they ask for loggers while they are being loaded.
        LogConfigurator.registerErrorListener();
        LogConfigurator.configureESLogging();
        Thread starter = new Thread(Main::endWithStarter, "starter-watch");
        starter.setDaemon(true);
        starter.start();

        Settings.Builder settings = Settings.builder();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            settings.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        ClasspathNode node = new ClasspathNode(
                new Environment(settings.build(), null), List.of(Netty4Plugin.class, RootPlugin.class));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "close-node"));
        node.start();
        starter.join(); // none of a node's own threads keeps the process alive
    }

    private static void endWithStarter() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException closed) {
            // as good as its end
        }
        Runtime.getRuntime().halt(0);
    }

    private static void close(ClasspathNode node) {
        try {
            node.close();
        } catch (IOException failed) {
            failed.printStackTrace();
        }
    }
}
