package io.millrace.tests.storage;

import io.millrace.flink.store.Stores;
import io.millrace.store.ObjectStore;
import io.millrace.tests.job.JavaProcess.Surroundings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.DefaultPluginManager;
import org.apache.flink.core.plugin.DirectoryBasedPluginFinder;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.TransientApiMetadata;

/** An S3 server on loopback that keeps objects in memory, and Flink's file system for it. */
public final class S3Server implements AutoCloseable {

  /** Where the build copies Flink's plugins to. */
  private static final Path PLUGINS = Path.of("target", "plugins").toAbsolutePath();

  private static final String BUCKET = "runs";
  private static final String KEY = "key";

  private final BlobStoreContext objects;
  private final S3Proxy server;

  /** Starts the server; file systems of this process see it until it is closed. */
  public S3Server() throws Exception {
    // Maven's proxy, behind which nobody is, must not be asked for addresses of this machine.
    System.setProperty("http.nonProxyHosts", "localhost|127.*|[::1]");
    objects =
        ContextBuilder.newBuilder(new TransientApiMetadata())
            .credentials(KEY, KEY)
            .build(BlobStoreContext.class);
    objects.getBlobStore().createContainerInLocation(null, BUCKET);
    server =
        S3Proxy.builder()
            .blobStore(objects.getBlobStore())
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, KEY)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .build();
    server.start();
    Configuration settings = settings();
    FileSystem.initialize(
        settings,
        new DefaultPluginManager(
            new DirectoryBasedPluginFinder(PLUGINS).findPlugins(),
            CoreOptions.getPluginParentFirstLoaderPatterns(settings)));
  }

  private Configuration settings() {
    Configuration settings = new Configuration();
    settings.setString("s3.endpoint", "http://127.0.0.1:" + server.getPort());
    settings.setString("s3.access-key", KEY);
    settings.setString("s3.secret-key", KEY);
    settings.setString("s3.path.style.access", "true");
    settings.setString("s3.attempts.maximum", "2"); // a server that fails is found soon
    settings.setString("s3.retry.limit", "2");
    return settings;
  }

  /** Flink's configuration for a process that uses the server, a line each. */
  String yaml() {
    StringBuilder yaml = new StringBuilder();
    settings().toMap().forEach((key, value) -> yaml.append(key + ": \"" + value + "\"\n"));
    return yaml.toString();
  }

  /** The same as arguments of Flink's scripts. */
  public List<String> arguments() {
    List<String> words = new ArrayList<>();
    settings().toMap().forEach((key, value) -> words.addAll(List.of("-D", key + "=" + value)));
    return words;
  }

  /**
   * What a process of a command needs to use the server.
   *
   * @param folder gets Flink's configuration
   */
  Surroundings surroundings(Path folder) throws IOException {
    Files.writeString(folder.resolve("config.yaml"), yaml());
    Map<String, String> environment = new HashMap<>(forFlink().environment());
    environment.put("FLINK_CONF_DIR", folder.toString());
    return new Surroundings(environment, forFlink().flags());
  }

  /** What a process of Flink needs beside the configuration. */
  public static Surroundings forFlink() {
    return new Surroundings(
        Map.of("FLINK_PLUGINS_DIR", PLUGINS.toString()),
        List.of("-Dhttp.nonProxyHosts=localhost|127.*"));
  }

  /** URI of a folder in the bucket. */
  public static String uri(String folder) {
    return "s3://" + BUCKET + "/" + folder;
  }

  /** The store below a folder of the bucket. */
  public static ObjectStore store(String folder) throws IOException {
    return Stores.open(uri(folder));
  }

  @Override
  public void close() throws IOException {
    FileSystem.initialize(new Configuration(), null);
    objects.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("the S3 server does not stop", e);
    }
  }
}
