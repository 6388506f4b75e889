package io.millrace.tests.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.jobfile.JobConfig;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Law: the objects of deploy/kubernetes keep to the schemas of their kinds, fit together, and name
 * only options, keys, paths and classes that exist.
 */
class KubernetesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Settings of Flink that the job's objects use. */
  private static final List<Class<?>> OPTIONS =
      List.of(
          CheckpointingOptions.class,
          ClusterOptions.class,
          CoreOptions.class,
          ExternalResourceOptions.class,
          HighAvailabilityOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          TaskManagerOptions.class);

  /** A line of settings that is commented, as it is for some clusters only. */
  private static final Pattern COMMENTED = Pattern.compile("(?m)^( *)# ([a-z][a-z0-9.-]+: \\S+)$");

  private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");

  private final Path root = ProjectRoot.find();
  private final Path folder = root.resolve("deploy/kubernetes");
  private final KubernetesSchemas schemas = new KubernetesSchemas();
  private final List<JsonNode> objects = objects();

  @TempDir Path temporary;

  KubernetesTest() throws IOException {}

  private List<JsonNode> objects() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        all.addAll(documents(Files.readString(file)));
      }
    }
    return all;
  }

  private static List<JsonNode> documents(String text) {
    List<JsonNode> documents = new ArrayList<>();
    for (Object each : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
      documents.add(JSON.valueToTree(each));
    }
    return documents;
  }

  private JsonNode object(String kind, String name) {
    return objects.stream()
        .filter(o -> o.path("kind").asText().equals(kind))
        .filter(o -> o.path("metadata").path("name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
  }

  private JsonNode job() {
    return object("FlinkDeployment", "millrace");
  }

  private JsonNode server() {
    return object("Deployment", "millrace-serve");
  }

  @Test
  void everyObjectKeepsToItsSchema() throws IOException {
    assertThat(objects).hasSize(5);
    for (JsonNode object : objects) {
      assertThat(schemas.faults(object, flinkVersion())).as(object.path("kind").asText()).isEmpty();
    }
    assertThat(schemas.faultsOfPod(server().path("spec").path("template"))).isEmpty();
    assertThat(job().path("apiVersion").asText()).isEqualTo(schemas.apiVersion());
  }

  // Law: the schemas find a key that is misspelt, a value of a wrong type, and an unknown kind.
  @Test
  void mistakesAreFound() throws IOException {
    ObjectNode job = job().deepCopy();
    ((ObjectNode) job.path("spec")).put("flinkverison", "v2_3");
    ((ObjectNode) job.path("spec").path("job")).put("parallelism", "two");
    assertThat(schemas.faults(job, flinkVersion())).hasSize(2);
    assertThat(schemas.faults(job(), "v2_0")).isNotEmpty();
    ObjectNode pod = server().path("spec").path("template").deepCopy();
    ((ObjectNode) pod.at("/spec/containers/0/readinessProbe/httpGet")).put("pth", "/");
    assertThat(schemas.faultsOfPod(pod)).hasSize(1);
    ObjectNode service = object("Service", "millrace-serve").deepCopy();
    ((ObjectNode) service.path("spec")).remove("ports");
    assertThat(schemas.faults(service, flinkVersion())).hasSize(1);
    assertThat(schemas.faults(service.put("kind", "Servise"), flinkVersion())).hasSize(1);
  }

  private String flinkVersion() throws IOException {
    String[] parts = pom("flink.version").split("\\.");
    return "v" + parts[0] + "_" + parts[1];
  }

  private String pom(String name) throws IOException {
    return element(Files.readString(root.resolve("pom.xml")), name);
  }

  private static String element(String xml, String name) {
    Matcher matcher = Pattern.compile("<" + name + ">([^<]+)</" + name + ">").matcher(xml);
    assertThat(matcher.find()).as("<%s> in the pom", name).isTrue();
    return matcher.group(1);
  }

  /** Law: each setting is one that Flink has, also those that are commented, such as a GPU's. */
  @Test
  void settingsAreFlinks() throws IOException {
    String all = COMMENTED.matcher(Files.readString(folder.resolve("job.yaml"))).replaceAll("$1$2");
    JsonNode job = documents(all).get(0);
    assertThat(schemas.faults(job, flinkVersion())).isEmpty();
    Set<String> known = flinksOptions();
    known.addAll(Set.of("metrics.reporter.prom.factory.class", "metrics.reporter.prom.port"));
    known.addAll(Set.of("s3.endpoint", "s3.path.style.access")); // of the plugin for S3
    known.add(ExternalResourceOptions.getAmountConfigOptionForResource("gpu"));
    known.add(
        ExternalResourceOptions.getExternalResourceDriverFactoryConfigOptionForResource("gpu"));
    known.add("external-resource.gpu.kubernetes.config-key"); // of flink-kubernetes
    List<String> set = new ArrayList<>();
    job.path("spec").path("flinkConfiguration").fieldNames().forEachRemaining(set::add);
    assertThat(set).hasSizeGreaterThan(15).isSubsetOf(known);
  }

  private static Set<String> flinksOptions() {
    Set<String> keys = new HashSet<>();
    for (Class<?> options : OPTIONS) {
      for (Field field : options.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
          keys.add(key(field));
        }
      }
    }
    return keys;
  }

  private static String key(Field option) {
    try {
      return ((ConfigOption<?>) option.get(null)).key();
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** Law: what both clusters set, they set alike: JVM flags, reporter, off-heap memory. */
  @Test
  void settingsAreThoseOfCompose() throws IOException {
    Map<String, Object> compose =
        ComposeFile.yaml(Files.readString(root.resolve("deploy/flink/config.yaml")));
    JsonNode settings = job().path("spec").path("flinkConfiguration");
    for (String key :
        List.of(
            "env.java.opts.all",
            "metrics.reporters",
            "metrics.reporter.prom.factory.class",
            "metrics.reporter.prom.port",
            "taskmanager.memory.task.off-heap.size",
            "jobmanager.scheduler")) {
      assertThat(settings.path(key).asText()).as(key).isEqualTo(compose.get(key).toString());
    }
  }

  @Test
  void theJobIsTheOneThatTheBuildMakes() throws Exception {
    JsonNode job = job().path("spec").path("job");
    String main = job.path("entryClass").asText();
    String module = Files.readString(root.resolve("flink-jobs/pom.xml"));
    assertThat(main).isEqualTo(element(module, "main.class"));
    assertThat(Class.forName(main).getMethod("main", String[].class)).isNotNull();
    assertThat(job.path("jarURI").asText()).isEqualTo("local:///opt/flink/usrlib/millrace-job.jar");
  }

  @Test
  void argumentsAreOptionsOfTheirCommand() {
    assertOptions(words(job().path("spec").path("job").path("args")), "run");
    assertOptions(words(container(server()).path("args")), "serve");
  }

  private static void assertOptions(List<String> args, String command) {
    assertThat(args.get(0)).isEqualTo(command);
    String help = Commands.succeed(command, "--help").out();
    assertThat(args.stream().filter(word -> word.startsWith("--")))
        .isNotEmpty()
        .allSatisfy(option -> assertThat(help).containsPattern(option + "\\b"));
  }

  private static List<String> words(JsonNode list) {
    List<String> words = new ArrayList<>();
    list.forEach(word -> words.add(word.asText()));
    return words;
  }

  private static JsonNode container(JsonNode deployment) {
    return deployment.at("/spec/template/spec/containers/0");
  }

  private JsonNode jobsPod() {
    return job().at("/spec/podTemplate/spec");
  }

  // Law: servers serve the run that the job writes, in a bucket that both may use; no disk is
  // shared.
  @Test
  void serversReadTheRunOfTheJob() {
    List<String> run = words(job().path("spec").path("job").path("args"));
    List<String> serve = words(container(server()).path("args"));
    String dir = after(run, "--run-dir");
    assertThat(dir).startsWith("s3://");
    assertThat(after(serve, "--model")).isEqualTo(dir);
    JsonNode settings = job().path("spec").path("flinkConfiguration");
    assertThat(settings.path("execution.checkpointing.dir").asText()).startsWith(dir + "/");
    for (JsonNode pod : List.of(jobsPod(), server().at("/spec/template/spec"))) {
      assertThat(pod.findValues("persistentVolumeClaim")).isEmpty();
      JsonNode variables = pod.at("/containers/0/env");
      for (String name : List.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")) {
        assertThat(named(variables, name).at("/valueFrom/secretKeyRef/name").asText())
            .isEqualTo("millrace-s3");
      }
    }
    JsonNode jobFile = named(jobsPod().at("/containers/0/volumeMounts"), "job");
    assertThat(after(run, "--job")).isEqualTo(jobFile.path("mountPath").asText() + "/job.yaml");
  }

  private static String after(List<String> args, String option) {
    return args.get(args.indexOf(option) + 1);
  }

  private static JsonNode named(JsonNode list, String name) {
    for (JsonNode each : list) {
      if (each.path("name").asText().equals(name)) {
        return each;
      }
    }
    throw new AssertionError("no " + name + " in " + list);
  }

  // Law: pods run as a user that is not root, and claim no further rights.
  @Test
  void nobodyIsRoot() {
    for (JsonNode pod : List.of(jobsPod(), server().at("/spec/template/spec"))) {
      assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
      assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(9999);
      for (JsonNode container : pod.path("containers")) {
        JsonNode rights = container.path("securityContext");
        assertThat(rights.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      }
    }
  }

  // Law: probes ask the server's port for paths that it answers to everyone.
  @Test
  void probesAskPathsOfTheServer() throws IOException {
    JsonNode server = container(server());
    JsonNode paths = openApi().path("paths");
    JsonNode port = named(server.path("ports"), "http").path("containerPort");
    assertThat(after(words(server.path("args")), "--port")).isEqualTo(port.asText());
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      JsonNode get = server.path(probe).path("httpGet");
      assertThat(get.path("port").asText()).isEqualTo("http");
      JsonNode path = paths.path(get.path("path").asText());
      assertThat(path.has("get")).as(get.toString()).isTrue();
      assertThat(path.at("/get/responses").has("401")).as("asks for no token").isFalse();
    }
    assertThat(server.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health/ready");
    assertThat(server.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health/live");
    JsonNode service = object("Service", "millrace-serve").path("spec");
    assertThat(service.at("/ports/0/targetPort").asText()).isEqualTo("http");
    assertThat(service.path("selector"))
        .isEqualTo(server().at("/spec/selector/matchLabels"))
        .isEqualTo(server().at("/spec/template/metadata/labels"));
  }

  private static JsonNode openApi() throws IOException {
    try (InputStream in =
        KubernetesTest.class.getResourceAsStream("/io/millrace/serving/http/openapi.json")) {
      return JSON.readTree(in);
    }
  }

  // Law: what is scraped is a port that the pods name, and alarms find the jobs that they ask for.
  @Test
  void monitorsScrapePortsOfPods() throws IOException {
    JsonNode ofJob = object("PodMonitor", "millrace-job").path("spec");
    assertThat(ofJob.at("/selector/matchLabels/app").asText())
        .as("Flink's label has the name of the cluster")
        .isEqualTo(job().at("/metadata/name").asText());
    JsonNode flink =
        named(
            jobsPod().at("/containers/0/ports"), ofJob.at("/podMetricsEndpoints/0/port").asText());
    assertThat(job().at("/spec/flinkConfiguration").path("metrics.reporter.prom.port").asText())
        .isEqualTo(flink.path("containerPort").asText());

    JsonNode ofServer = object("PodMonitor", "millrace-serve").path("spec");
    JsonNode labels = server().at("/spec/template/metadata/labels");
    assertThat(ofServer.at("/selector/matchLabels")).isEqualTo(labels);
    named(container(server()).path("ports"), ofServer.at("/podMetricsEndpoints/0/port").asText());
    assertThat(openApi().path("paths").has(ofServer.at("/podMetricsEndpoints/0/path").asText()))
        .isTrue();
    assertThat(Files.readString(root.resolve("deploy/prometheus/alerts.yml")))
        .contains("job=\"" + labels.path(ofServer.path("jobLabel").asText()).asText() + "\"");
  }

  // Law: README.md makes each secret and each file that pods take from the cluster.
  @Test
  void whatPodsNeedIsMade() throws IOException {
    String readme = Files.readString(folder.resolve("README.md"));
    Set<String> secrets = new TreeSet<>();
    for (JsonNode object : objects) {
      object.findValues("secretKeyRef").forEach(ref -> secrets.add(ref.path("name").asText()));
      for (JsonNode ref : object.findValues("secretKeyRef")) {
        assertThat(readme).contains("--from-literal=" + ref.path("key").asText() + "=");
      }
    }
    assertThat(secrets)
        .hasSize(2)
        .allSatisfy(name -> assertThat(readme).contains("create secret generic " + name + " "));
    for (JsonNode volume : jobsPod().findValues("configMap")) {
      String name = volume.path("name").asText();
      assertThat(readme).contains("create configmap " + name + " --from-file=job.yaml");
    }
    assertThat(readme).contains("-t " + job().at("/spec/image").asText() + " ");
    assertThat(readme).contains("-t " + container(server()).path("image").asText() + " ");
  }

  // Law: environment variables are those that commands and the plugin for S3 read.
  @Test
  void variablesAreRead() throws IOException {
    String pages =
        Files.readString(root.resolve("README.md"))
            + Files.readString(root.resolve("docs/serving.md"));
    Set<String> names = new TreeSet<>();
    for (JsonNode container : List.of(jobsPod().at("/containers/0"), container(server()))) {
      container.path("env").forEach(variable -> names.add(variable.path("name").asText()));
    }
    assertThat(names).contains("MILLRACE_KAFKA_BOOTSTRAP", "AWS_ACCESS_KEY_ID");
    names.removeIf(name -> name.startsWith("AWS_"));
    assertThat(names).allSatisfy(name -> assertThat(pages).contains("`" + name + "`"));
  }

  /**
   * Law: the job file that README.md shows can be read, and its checkpoints go where Flink's do.
   */
  @Test
  void theJobFileFitsTheCluster() throws IOException {
    Matcher yaml = YAML.matcher(Files.readString(folder.resolve("README.md")));
    assertThat(yaml.find()).isTrue();
    Path file = Files.writeString(temporary.resolve("job.yaml"), yaml.group(1));
    JobConfig config = JobConfig.read(file);
    JsonNode settings = job().path("spec").path("flinkConfiguration");
    assertThat(config.run().checkpointDir())
        .isEqualTo(settings.path("execution.checkpointing.dir").asText());
    assertThat(config.run().sources())
        .isLessThanOrEqualTo(job().path("spec").path("job").path("parallelism").asInt());
  }

  // Law: the command of README.md that makes the alarms known wraps the file as it is.
  @Test
  void alarmsBecomeOneRule() throws IOException {
    String readme = Files.readString(folder.resolve("README.md"));
    assertThat(readme).contains("sed 's/^/  /' deploy/prometheus/alerts.yml");
    String rule =
        "spec:\n" + Files.readString(root.resolve("deploy/prometheus/alerts.yml")).indent(2);
    assertThat(documents(rule).get(0).at("/spec/groups")).isNotEmpty();
  }
}
