package org.elasticsearch.node; // the seams that replace parts of a node are visible to its own package only

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/** A real node whose plugins come from the class path: nothing has to be installed under its home. */
public final class ClasspathNode extends Node {
    public ClasspathNode(Environment environment, List<Class<? extends Plugin>> plugins) {
        super(NodeConstruction.prepareConstruction(
                environment,
                PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false),
                new NodeServiceProvider() {
                    @Override
                    PluginsService newPluginService(Environment asked, PluginsLoader none) {
                        return new ClasspathPlugins(asked.settings(), asked.configDir(), none, plugins);
                    }
                },
                true));
    }

    /** The parent hands node and cluster id to the logging of an installation, which is not set up here. */
    @Override
    protected void configureNodeAndClusterIdStateListener(ClusterService service) {}
}
