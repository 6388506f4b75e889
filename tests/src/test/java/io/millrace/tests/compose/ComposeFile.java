package io.millrace.tests.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * docker-compose.yml with the values of .env put in, as {@code docker compose config} would.
 *
 * @param root the project's folder
 * @param services name to definition
 */
record ComposeFile(Path root, Map<String, Map<String, Object>> services) {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)}");

  /** Reads both files; a variable that .env does not set is an error. */
  static ComposeFile read(Path root) throws IOException {
    Properties values = new Properties();
    try (var in = Files.newBufferedReader(root.resolve(".env"))) {
      values.load(in);
    }
    String text = substitute(Files.readString(root.resolve("docker-compose.yml")), values);
    return new ComposeFile(root, child(yaml(text), "services"));
  }

  /** A YAML file as maps and lists. */
  static Map<String, Object> yaml(String text) {
    return cast(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  /** A part of a YAML document. */
  @SuppressWarnings("TypeParameterUnusedInFormals")
  static <T> T child(Map<String, Object> parent, String key) {
    Object value = parent.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key + " in " + parent.keySet());
    }
    return cast(value);
  }

  /** The list under a key of each service: volumes, ports, or words of the command. */
  List<String> all(String key) {
    return services.values().stream().flatMap(service -> words(service, key)).toList();
  }

  /** The list under a key of one service. */
  List<String> of(String service, String key) {
    return words(services.get(service), key).toList();
  }

  /** Files and folders of the project that any service mounts. */
  List<Path> mounted() {
    return all("volumes").stream()
        .map(volume -> volume.split(":")[0])
        .filter(source -> source.startsWith("./"))
        .map(source -> root.resolve(source).normalize())
        .distinct()
        .toList();
  }

  private static Stream<String> words(Map<String, Object> service, String key) {
    List<Object> list = cast(service.getOrDefault(key, List.of()));
    return list.stream().map(Object::toString);
  }

  private static String substitute(String text, Properties values) {
    Matcher matcher = VARIABLE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      String value = values.getProperty(matcher.group(1));
      if (value == null) {
        throw new IllegalArgumentException(".env does not set " + matcher.group(1));
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(out).toString();
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T> T cast(Object value) {
    return (T) value;
  }
}
