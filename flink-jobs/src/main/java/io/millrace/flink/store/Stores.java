package io.millrace.flink.store;

import io.millrace.store.LocalObjectStore;
import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.UnsupportedFileSystemSchemeException;
import org.apache.flink.core.plugin.PluginConfig;
import org.apache.flink.core.plugin.PluginUtils;

/** Opens object stores: a local folder by its path or {@code file:} URI, others by their URIs. */
public final class Stores {

  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+):/.*");

  private Stores() {}

  /** Whether this is the URI of a store that is no local disk. */
  public static boolean isRemote(String place) {
    return SCHEME.matcher(place).matches() && !isFile(place);
  }

  private static boolean isFile(String place) {
    return place.regionMatches(true, 0, "file:/", 0, 6);
  }

  /**
   * The local path of a path or {@code file:} URI.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Path local(String place) {
    if (isRemote(place)) {
      throw new IllegalArgumentException("must be a path or a file: URI but was '" + place + "'");
    }
    return Path.of(isFile(place) ? pathOf(place) : place);
  }

  /** Of {@code file:///data/x}, {@code file:/data/x} and {@code file://localhost/data/x}. */
  private static String pathOf(String uri) {
    String path = uri.substring("file:".length());
    return path.startsWith("//") ? path.substring(path.indexOf('/', 2)) : path;
  }

  /**
   * The store below a folder.
   *
   * @param place a path or a URI
   * @throws IllegalArgumentException if there is no file system for its scheme
   * @throws IOException if that file system cannot be opened
   */
  public static ObjectStore open(String place) throws IOException {
    if (!isRemote(place)) {
      return new LocalObjectStore(local(place));
    }
    var root = new org.apache.flink.core.fs.Path(place);
    try {
      return new FlinkObjectStore(root.getFileSystem(), root);
    } catch (UnsupportedFileSystemSchemeException e) {
      String scheme = root.toUri().getScheme();
      throw new IllegalArgumentException(
          ("'%s' cannot be opened: there is no file system for %s://; put Flink's jar for it, such as"
                  + " flink-s3-fs-hadoop, into a folder of its own in the folder that FLINK_PLUGINS_DIR"
                  + " names")
              .formatted(place, scheme),
          e);
    }
  }

  /**
   * The store below a folder of a run directory.
   *
   * @param runDir as in {@link #open}
   * @param folder its name in the run directory
   * @throws UncheckedIOException if its file system cannot be opened
   */
  public static ObjectStore folderOf(String runDir, String folder) {
    try {
      return open(runDir).below(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A path as an absolute one, and a URI without slashes at its end. */
  public static String absolute(String place) {
    return isRemote(place)
        ? place.replaceAll("(?<=[^/:])/+$", "")
        : local(place).toAbsolutePath().toString();
  }

  /**
   * The place of a file or folder below another.
   *
   * @param place a path or a URI
   */
  public static String below(String place, String name) {
    return isRemote(place) ? absolute(place) + "/" + name : local(place).resolve(name).toString();
  }

  /**
   * Loads the file systems of {@code FLINK_PLUGINS_DIR} with the settings of {@code
   * FLINK_CONF_DIR}; for a process that Flink has not set up. Without either, nothing changes.
   */
  public static void loadPlugins() {
    var settings = GlobalConfiguration.loadConfiguration();
    if (PluginConfig.getPluginsDir().isPresent() || !settings.keySet().isEmpty()) {
      FileSystem.initialize(settings, PluginUtils.createPluginManagerFromRootFolder(settings));
    }
  }
}
