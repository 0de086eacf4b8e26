package org.elasticsearch.plugins; // PluginsService lets only its own package load a plugin

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.common.settings.Settings;

/** The server's plugin registry, filled with classes of the class path instead of folders of an installation. */
public final class ClasspathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded;

    /** Loads each of {@code types}; {@code none} is a loader that found nothing on disk. */
    public ClasspathPlugins(
            Settings settings, Path config, PluginsLoader none, List<Class<? extends Plugin>> types) {
        super(settings, config, none);
        List<LoadedPlugin> list = new ArrayList<>();
        for (Class<? extends Plugin> type : types) {
            list.add(new LoadedPlugin(describe(type), loadPlugin(type, settings, config), type.getClassLoader()));
        }
        loadExtensions(list);
        loaded = list;
    }

    /** Asked for already while the parent class is constructed, when there is nothing yet. */
    @Override
    protected List<LoadedPlugin> plugins() {
        return loaded == null ? List.of() : loaded;
    }

    private static PluginDescriptor describe(Class<?> type) {
        String version = Build.current().version();
        String lines = String.join(
                "\n",
                "name=" + type.getSimpleName(),
                "description=" + type.getName(),
                "classname=" + type.getName(),
                "version=" + version,
                "elasticsearch.version=" + version,
                "java.version=21");
        try {
            return PluginDescriptor.readInternalDescriptorFromStream(
                    new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException impossible) { // the stream is memory
            throw new UncheckedIOException(impossible);
        }
    }
}
