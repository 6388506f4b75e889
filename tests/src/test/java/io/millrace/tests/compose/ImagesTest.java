package io.millrace.tests.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Law: the images take only what the build makes or the project holds, run as a user that is not
 * root, start what the launcher and Flink's image start, and need no network.
 */
class ImagesTest {

  /** What `package` makes. */
  private static final String TARGET = "flink-jobs/target/";

  private final Path root = ProjectRoot.find();
  private final Map<String, List<String[]>> stages = stages();

  ImagesTest() throws IOException {}

  /** Name of a stage to its instructions, each a word and its arguments. */
  private Map<String, List<String[]>> stages() throws IOException {
    Map<String, List<String[]>> all = new LinkedHashMap<>();
    List<String[]> stage = new ArrayList<>();
    all.put("", stage); // before the first stage
    String text = Files.readString(root.resolve("deploy/images/Dockerfile"));
    for (String line : text.replaceAll("(?m)^#.*\n", "").replace("\\\n", " ").split("\n")) {
      String[] parts = line.strip().split("\\s+", 2);
      if (parts[0].equals("FROM")) {
        stage = new ArrayList<>();
        all.put(parts[1].split(" AS ")[1], stage);
      }
      if (!parts[0].isEmpty()) {
        stage.add(parts);
      }
    }
    return all;
  }

  /** The arguments of each such instruction of a stage. */
  private List<String> all(String stage, String instruction) {
    return stages.get(stage).stream()
        .filter(parts -> parts[0].equals(instruction))
        .map(parts -> parts[1])
        .toList();
  }

  private String only(String stage, String instruction) {
    List<String> found = all(stage, instruction);
    assertThat(found).as(instruction + " of " + stage).hasSize(1);
    return found.get(0);
  }

  @Test
  void oneStageCopiesWhatTheBuildMakes() throws IOException {
    assertThat(stages.keySet()).containsExactly("", "built", "job", "serve");
    String module = Files.readString(root.resolve("flink-jobs/pom.xml"));
    List<String> made =
        List.of(
            TARGET + element(module, "finalName") + ".jar",
            TARGET + element(module, "finalName") + "-job.jar",
            TARGET + "lib",
            TARGET + "lib/dnnl-*.jar",
            TARGET + "lib/javacpp-*.jar",
            TARGET + "lib/opencl-*.jar",
            TARGET + "lib/jna-*.jar");
    List<String> copied = all("built", "COPY").stream().map(c -> c.split(" ")[0]).toList();
    assertThat(copied).containsAll(made);
    assertThat(copied.stream().filter(path -> !made.contains(path)))
        .allSatisfy(path -> assertThat(root.resolve(path)).isRegularFile());
    for (String stage : List.of("job", "serve")) {
      assertThat(all(stage, "COPY"))
          .isNotEmpty()
          .allMatch(copy -> copy.startsWith("--from=built ") || copy.startsWith("--from=job "));
    }
  }

  private static String element(String xml, String name) {
    Matcher matcher = Pattern.compile("<" + name + ">([^<]+)</" + name + ">").matcher(xml);
    assertThat(matcher.find()).as("<%s> in the pom", name).isTrue();
    return matcher.group(1);
  }

  /** Law: what is copied is sent to the builder, and neither sources nor libtorch are. */
  @Test
  void theBuilderGetsWhatIsCopied() throws IOException {
    for (String copy : all("built", "COPY")) {
      assertThat(sent(copy.split(" ")[0])).as(copy).isTrue();
    }
    assertThat(sent(TARGET + "lib/kafka-clients-4.2.1.jar")).isTrue();
    assertThat(sent(TARGET + "lib/pytorch-native-cpu-2.7.1-linux-x86_64.jar")).isFalse();
    assertThat(sent("model-core/src/main/java/io/millrace/package-info.java")).isFalse();
    assertThat(sent(TARGET + "classes")).isFalse();
    assertThat(sent(".env")).isFalse();
  }

  /** As the builder decides: the last pattern that matches a path or a folder above it. */
  private boolean sent(String path) throws IOException {
    boolean sent = true;
    for (String line : Files.readAllLines(root.resolve("deploy/images/Dockerfile.dockerignore"))) {
      String pattern = line.replaceFirst("^!", "");
      if (!line.startsWith("#") && !line.isEmpty() && matches(pattern, Path.of(path))) {
        sent = line.startsWith("!");
      }
    }
    return sent;
  }

  private static boolean matches(String pattern, Path path) {
    var glob = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    for (Path at = path; at != null; at = at.getParent()) {
      if (glob.matches(at)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void nobodyIsRoot() {
    for (String stage : List.of("job", "serve")) {
      assertThat(only(stage, "USER")).isEqualTo("9999:9999");
      List<String[]> steps = stages.get(stage);
      int user = steps.indexOf(steps.stream().filter(s -> s[0].equals("USER")).findAny().get());
      assertThat(steps.subList(user, steps.size())).noneMatch(step -> step[0].equals("RUN"));
    }
  }

  // Law: the server's image starts the launcher, which finds its jar and builds nothing.
  @Test
  void theServerStartsTheLauncher() throws IOException {
    assertThat(only("serve", "ENTRYPOINT")).isEqualTo("[\"/opt/millrace/millrace\"]");
    assertThat(all("serve", "COPY")).contains("--from=built /serve /opt/millrace");
    String launcher = Files.readString(root.resolve("millrace"));
    assertThat(launcher)
        .contains("target=$root/flink-jobs/target")
        .contains("jar=$target/millrace.jar")
        .contains("stamp=$target/launcher.stamp");
    assertThat(all("built", "COPY"))
        .contains("millrace /serve/millrace")
        .contains(TARGET + "millrace.jar /serve/" + TARGET + "millrace.jar")
        .contains(TARGET + "lib /serve/" + TARGET + "lib");
    assertThat(only("serve", "RUN")).isEqualTo("touch /opt/millrace/" + TARGET + "launcher.stamp");
  }

  // Law: both images have Flink's file system for S3, each where its programs look for it.
  @Test
  void bothImagesReachStores() {
    String plugin = "/opt/flink/plugins/s3-fs-hadoop";
    assertThat(only("job", "RUN")).contains("mkdir " + plugin).contains("flink-s3-fs-hadoop-*.jar");
    assertThat(all("serve", "COPY")).contains("--from=job " + plugin + " " + plugin);
    assertThat(only("serve", "ENV")).isEqualTo("FLINK_PLUGINS_DIR=/opt/flink/plugins");
  }

  // Law: the job's image is Flink's, with its entry point, and the jars where Flink looks for them.
  @Test
  void theJobsImageIsFlinks() throws IOException {
    Properties compose = new Properties();
    try (var in = Files.newBufferedReader(root.resolve(".env"))) {
      compose.load(in);
    }
    assertThat(all("", "ARG")).contains("FLINK_IMAGE=" + compose.getProperty("FLINK_IMAGE"));
    assertThat(all("job", "ENTRYPOINT")).isEmpty();
    assertThat(all("job", "COPY"))
        .containsExactly(
            "--from=built /job /opt/flink/usrlib", "--from=built /native /opt/flink/lib");
    assertThat(all("built", "COPY")).contains(TARGET + "millrace-job.jar /job/millrace-job.jar");
  }

  // Law: Flink's own class loader loads native libraries, so that a restored job shares them.
  @Test
  void nativeLibrariesAreFlinks() throws IOException {
    assertThat(all("built", "COPY").stream().filter(copy -> copy.endsWith(" /native/")))
        .hasSize(4)
        .allMatch(copy -> copy.startsWith(TARGET + "lib/"));
    assertThat(Files.readString(root.resolve("deploy/kubernetes/job.yaml")))
        .contains("    classloader.parent-first-patterns.additional: org.bytedeco;com.sun.jna\n");
  }

  @Test
  void noStepNeedsTheNetwork() {
    Pattern fetches = Pattern.compile("curl|wget|apt|apk|yum|pip|npm|mvn|https?:");
    stages.forEach(
        (stage, steps) ->
            steps.stream()
                .filter(step -> step[0].equals("RUN") || step[0].equals("ADD"))
                .forEach(step -> assertThat(step[1]).doesNotContainPattern(fetches)));
  }
}
