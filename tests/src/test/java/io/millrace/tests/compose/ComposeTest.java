package io.millrace.tests.compose;

import static io.millrace.tests.compose.ComposeFile.child;
import static io.millrace.tests.compose.ComposeFile.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: every file, artifact, class, topic and port that docker-compose.yml names exists. */
class ComposeTest {
  private final Path root = ProjectRoot.find();
  private final ComposeFile compose;

  ComposeTest() throws IOException {
    compose = ComposeFile.read(root);
  }

  @Test
  void mountedFilesExist() {
    assertThat(compose.mounted()).isNotEmpty();
    assertThat(compose.mounted())
        .filteredOn(file -> !file.startsWith(root.resolve("flink-jobs/target")))
        // Docker would make a missing folder, owned by root.
        .filteredOn(file -> !file.equals(root.resolve("examples")) || Files.exists(file))
        .allSatisfy(file -> assertThat(file).exists());
  }

  @Test
  void theJobJarIsTheOneThatTheBuildMakes() throws IOException {
    String pom = Files.readString(root.resolve("flink-jobs/pom.xml"));
    String finalName = element(pom, "finalName");
    String output = element(pom, "outputFile");
    Path jar =
        root.resolve(
            output
                .replace("${project.build.directory}", "flink-jobs/target")
                .replace("${project.build.finalName}", finalName));
    assertThat(compose.mounted()).contains(jar);
  }

  @Test
  void oneDnnIsTheOneThatTheBuildCopies() throws IOException {
    String version = element(Files.readString(root.resolve("pom.xml")), "onednn.version");
    String jar = "flink-jobs/target/lib/dnnl-" + version + "-linux-x86_64.jar";
    assertThat(compose.mounted()).contains(root.resolve(jar));
  }

  @Test
  void theMainClassIsTheManifestsAndExists() throws Exception {
    List<String> command = compose.of("jobmanager", "command");
    String main = command.get(command.indexOf("--job-classname") + 1);
    String pom = Files.readString(root.resolve("flink-jobs/pom.xml"));
    assertThat(main).isEqualTo(element(pom, "main.class"));
    assertThat(Class.forName(main).getMethod("main", String[].class)).isNotNull();
  }

  @Test
  void theJobFileIsAnExample() {
    List<String> command = compose.of("jobmanager", "command");
    String file = command.get(command.indexOf("--job") + 1);
    assertThat(file).startsWith("/opt/millrace/examples/");
    Path examples = root.resolve("examples");
    if (Files.exists(examples)) {
      assertThat(examples.resolve(file.substring("/opt/millrace/examples/".length()))).exists();
    }
  }

  /** Law: users of the images, who own none of these files, can read what is mounted. */
  @Test
  void mountedFilesAreReadableForAll() throws IOException {
    for (Path mounted : compose.mounted()) {
      if (!mounted.startsWith(root.resolve("flink-jobs/target")) && Files.exists(mounted)) {
        assertReadable(mounted);
      }
    }
  }

  private static void assertReadable(Path mounted) throws IOException {
    try (Stream<Path> files = Files.walk(mounted)) {
      for (Path file : files.toList()) {
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        assertThat(rights).as(file.toString()).contains(PosixFilePermission.OTHERS_READ);
        if (Files.isDirectory(file)) {
          assertThat(rights).as(file.toString()).contains(PosixFilePermission.OTHERS_EXECUTE);
        }
      }
    }
  }

  /** Law: what Flink writes to is a volume that its user has been given before. */
  @Test
  void volumesOfFlinkBelongToItsUser() {
    assertThat(compose.of("data", "entrypoint"))
        .containsExactly("/bin/chown", "flink:flink", "/data");
    Map<String, Object> after = child(compose.services().get("jobmanager"), "depends_on");
    assertThat(after).containsKey("data");
    for (String service : List.of("data", "jobmanager", "taskmanager")) {
      assertThat(compose.of(service, "volumes")).contains("flink-data:/data");
    }
  }

  @Test
  void imagesHaveTheVersionsThatTheBuildUses() throws IOException {
    String pom = Files.readString(root.resolve("pom.xml"));
    assertThat(image("jobmanager"))
        .isEqualTo("flink:" + element(pom, "flink.version") + "-java17")
        .isEqualTo(image("taskmanager"));
    assertThat(image("kafka")).isEqualTo("apache/kafka:" + element(pom, "kafka.version"));
  }

  @Test
  void portsAreTheOnesThatTheServersListenOn() throws IOException {
    Map<String, Object> flink = yaml(read("deploy/flink/config.yaml"));
    assertThat(containerPort("jobmanager")).isEqualTo(flink.get("rest.port").toString());
    String kafka = read("deploy/kafka/server.properties");
    assertThat(kafka)
        .contains("EXTERNAL://:" + containerPort("kafka"))
        .contains("EXTERNAL://localhost:" + hostPort("kafka"));
    Map<String, Object> environment = child(compose.services().get("jobmanager"), "environment");
    String internal = environment.get("MILLRACE_KAFKA_BOOTSTRAP").toString();
    assertThat(kafka).contains("INTERNAL://" + internal);
    assertThat(read("deploy/grafana/provisioning/datasources/prometheus.yml"))
        .contains("http://prometheus:" + containerPort("prometheus"));
  }

  /** Law: the server that is scraped listens on its published port, and asks the broker within. */
  @Test
  void prometheusScrapesTheServer() throws IOException {
    List<String> command = compose.of("serve", "command");
    String port = command.get(command.indexOf("--port") + 1);
    assertThat(containerPort("serve")).isEqualTo(port);
    assertThat(read("deploy/prometheus/prometheus.yml")).contains("\"serve:" + port + "\"");
    Map<String, Object> job = child(compose.services().get("jobmanager"), "environment");
    assertThat(command.get(command.indexOf("--bootstrap") + 1))
        .isEqualTo(job.get("MILLRACE_KAFKA_BOOTSTRAP"));
    List<String> trains = compose.of("jobmanager", "command");
    assertThat(command.get(command.indexOf("--model") + 1))
        .isEqualTo(trains.get(trains.indexOf("--run-dir") + 1));
  }

  @Test
  void prometheusScrapesWhatFlinkReports() throws IOException {
    Map<String, Object> flink = yaml(read("deploy/flink/config.yaml"));
    String port = flink.get("metrics.reporter.prom.port").toString();
    String prometheus = read("deploy/prometheus/prometheus.yml");
    assertThat(prometheus).contains("jobmanager:" + port).contains("port: " + port);
    List<Map<String, Object>> jobs = child(yaml(prometheus), "scrape_configs");
    assertThat(jobs)
        .allSatisfy(
            job -> assertThat(compose.services()).containsKey((String) job.get("job_name")));
    assertThat(flink.get("jobmanager.rpc.address")).isEqualTo("jobmanager");
  }

  @ParameterizedTest
  @ValueSource(strings = {"millrace", "serving"})
  void theDashboardAsksTheSourceThatIsProvisioned(String name) throws IOException {
    JsonNode board =
        new ObjectMapper().readTree(read("deploy/grafana/dashboards/" + name + ".json"));
    String provisioned = read("deploy/grafana/provisioning/datasources/prometheus.yml");
    assertThat(board.path("panels")).isNotEmpty();
    for (JsonNode panel : board.path("panels")) {
      String source = panel.path("datasource").path("uid").asText();
      assertThat(provisioned).contains("uid: " + source);
    }
  }

  private String read(String file) throws IOException {
    return Files.readString(root.resolve(file));
  }

  private String image(String service) {
    return compose.services().get(service).get("image").toString();
  }

  private String hostPort(String service) {
    return compose.of(service, "ports").get(0).split(":")[0];
  }

  private String containerPort(String service) {
    return compose.of(service, "ports").get(0).split(":")[1];
  }

  private static String element(String xml, String name) {
    Matcher matcher = Pattern.compile("<" + name + ">([^<]+)</" + name + ">").matcher(xml);
    assertThat(matcher.find()).as("<%s> in the pom", name).isTrue();
    return matcher.group(1);
  }
}
