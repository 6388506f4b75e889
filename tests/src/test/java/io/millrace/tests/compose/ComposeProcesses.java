package io.millrace.tests.compose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.kafka.ClientSettings;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;

/**
 * Runs the services of docker-compose.yml as processes of this machine, from their own arguments,
 * environment and mounted files.
 *
 * <p>What differs from containers: the names of services are those of this machine, as the JVM
 * reads them from a file of hosts; each port is replaced by a free one, in arguments, environment
 * and the mounted texts; paths in a container are those of the folders that are mounted there, or
 * of a folder of the volume; and the scripts of the images are replaced by the classes that they
 * start. A script that is not known is an error.
 */
final class ComposeProcesses implements AutoCloseable {

  /** What a script of an image starts. */
  enum Program {
    /** Changes the owner of a volume, which is no matter here. */
    CHOWN,
    BROKER,
    JOB_MANAGER,
    TASK_MANAGER,
    /** A jar that the build makes. */
    JAR
  }

  /** Scripts of the images; the empty one is what an image starts by itself. */
  private static final Map<String, Program> SCRIPTS =
      Map.of(
          "/bin/chown", Program.CHOWN,
          "apache/kafka", Program.BROKER,
          "/opt/flink/bin/standalone-job.sh", Program.JOB_MANAGER,
          "/opt/flink/bin/taskmanager.sh", Program.TASK_MANAGER,
          "java", Program.JAR);

  private static final String BROKER = "kafka.Kafka";
  private static final String FORMAT = "kafka.tools.StorageTool";
  private static final String JOB_MANAGER =
      "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint";
  private static final String TASK_MANAGER =
      "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
  private static final String MEMORY = "org.apache.flink.runtime.util.bash.BashJavaUtils";

  /** Prefix of a line of the class that computes the memory of a process. */
  private static final String RESULT = "BASH_JAVA_UTILS_EXEC_RESULT:";

  private static final Pattern PORT = Pattern.compile("\\b(6123|808[01]|909[2-4]|9249)\\b");
  private static final String SERVER_PROPERTIES = "/mnt/shared/config/server.properties";

  private final ComposeFile compose;
  private final Path folder;
  private final Map<String, String> ports = new TreeMap<>();
  private final Map<String, Process> processes = new LinkedHashMap<>();

  /** Processes that end by themselves. */
  private final Set<String> prepared = new HashSet<>();

  ComposeProcesses(ComposeFile compose, Path folder) throws IOException {
    this.compose = compose;
    this.folder = folder;
    String here = "127.0.0.1 ";
    List<String> hosts = new ArrayList<>(List.of(here + "localhost"));
    hosts.add(here + InetAddress.getLocalHost().getHostName());
    compose.services().keySet().forEach(service -> hosts.add(here + service));
    Files.write(folder.resolve("hosts"), hosts);
  }

  /** The program of a service. */
  Program program(String service) {
    List<String> words = words(service);
    String image = compose.services().get(service).get("image").toString();
    String script = words.isEmpty() ? image.split(":")[0] : words.get(0);
    Program program = SCRIPTS.get(script);
    if (program == null) {
      throw new IllegalArgumentException("service " + service + " runs the unknown " + script);
    }
    return program;
  }

  /** Entrypoint and command of a service. */
  private List<String> words(String service) {
    return Stream.concat(
            compose.of(service, "entrypoint").stream(), compose.of(service, "command").stream())
        .toList();
  }

  /** The port of this machine that stands for one of docker-compose.yml. */
  int port(int container) {
    return Integer.parseInt(ports.computeIfAbsent(Integer.toString(container), p -> freePort()));
  }

  /** A port below those that the system gives to connections, which would take it meanwhile. */
  private static String freePort() {
    for (int tried = 0; ; tried++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port)) {
        return Integer.toString(socket.getLocalPort());
      } catch (IOException e) {
        if (tried == 100) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** Starts a service; what it prints goes to a file of its name. */
  void start(String service) throws Exception {
    start(service, service);
  }

  /** Starts one of several processes of a service. */
  void start(String service, String name) throws Exception {
    ports.remove("9249"); // each process reports its metrics at its own
    switch (program(service)) {
      case CHOWN -> checkVolume(service);
      case BROKER -> startBroker(service);
      case JOB_MANAGER -> startFlink(service, name, JOB_MANAGER, "GET_JM_RESOURCE_PARAMS");
      case TASK_MANAGER -> startFlink(service, name, TASK_MANAGER, "GET_TM_RESOURCE_PARAMS");
      case JAR -> startJar(service);
    }
  }

  /** Starts the service {@code kafka}, and waits until it answers; how this machine reaches it. */
  String startBroker() throws Exception {
    start("kafka");
    String bootstrap = "localhost:" + port(9094);
    await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .untilAsserted(() -> ClientSettings.of(bootstrap).checkReachable());
    return bootstrap;
  }

  private void startJar(String service) throws IOException {
    List<String> command = new ArrayList<>(java());
    for (String word : words(service).subList(1, words(service).size())) {
      command.add(here(service, word));
    }
    start(service, service, command);
  }

  private void checkVolume(String service) {
    List<String> words = words(service);
    String changed = words.get(words.size() - 1);
    if (!mounts(service).containsKey(changed)) {
      throw new IllegalArgumentException(changed + " is no volume of service " + service);
    }
  }

  private void startBroker(String service) throws Exception {
    String settings = here(service, SERVER_PROPERTIES);
    List<String> format =
        List.of("format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", settings, "--ignore-formatted");
    prepare(service, service + "-format", FORMAT, format);
    start(service, service, List.of("-Xmx256m"), BROKER, List.of(settings));
  }

  private void startFlink(String service, String name, String main, String memory)
      throws Exception {
    String conf = here(service, environment(service).get("FLINK_CONF_DIR"));
    List<String> words = words(service);
    if (!words.get(1).equals("start-foreground")) {
      throw new IllegalArgumentException("service " + service + " must start in the foreground");
    }
    List<String> args = new ArrayList<>(List.of("--configDir", conf));
    for (String word : words.subList(2, words.size())) {
      args.add(here(service, word));
    }
    List<String> sizes = memory(service, name, memory, conf);
    args.addAll(args.size() > 2 && main.equals(JOB_MANAGER) ? 2 : args.size(), split(sizes.get(1)));
    List<String> flags = new ArrayList<>(split(sizes.get(0)));
    Object options =
        ComposeFile.yaml(Files.readString(Path.of(conf, "config.yaml"))).get("env.java.opts.all");
    flags.addAll(split(options.toString()));
    flags.add("-Dlog4j.configurationFile=" + Path.of(conf, "log4j-console.properties"));
    start(service, name, flags, main, args);
  }

  private static List<String> split(String text) {
    return Stream.of(text.trim().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  /** Flags of the JVM and arguments of a Flink process, as Flink's scripts compute them. */
  private List<String> memory(String service, String name, String command, String conf)
      throws Exception {
    Path console = folder.resolve(name + "-memory.txt");
    List<String> args = List.of(command, "--configDir", conf);
    prepare(service, name + "-memory", MEMORY, args);
    return Files.readAllLines(console, UTF_8).stream()
        .filter(line -> line.contains(RESULT))
        .map(line -> line.substring(line.indexOf(RESULT) + RESULT.length()))
        .toList();
  }

  /** Runs what must have ended well before a service starts. */
  private void prepare(String service, String name, String main, List<String> args)
      throws Exception {
    prepared.add(name);
    if (start(service, name, List.of(), main, args).waitFor() != 0) {
      throw new IllegalStateException(name + " has failed: " + printed(name));
    }
  }

  private Process start(
      String service, String name, List<String> flags, String main, List<String> args)
      throws IOException {
    List<String> command = new ArrayList<>(java());
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath(), main));
    command.addAll(args);
    return start(service, name, command);
  }

  private List<String> java() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-Djdk.net.hosts.file=" + folder.resolve("hosts"));
  }

  private Process start(String service, String name, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment(service));
    builder.environment().put("FLINK_LIB_DIR", library(service).toString());
    builder.redirectOutput(new File(folder.resolve(name + ".txt").toString()));
    Process process = builder.start();
    processes.put(name, process);
    return process;
  }

  /** The folder {@code lib} of a Flink home whose {@code usrlib} holds the mounted jars. */
  private Path library(String service) throws IOException {
    Path home = folder.resolve("flink");
    Files.createDirectories(home.resolve("lib"));
    Path user = Files.createDirectories(home.resolve("usrlib"));
    for (Map.Entry<String, String> mount : mounts(service).entrySet()) {
      if (mount.getKey().startsWith("/opt/flink/usrlib/")) {
        Path link = user.resolve(Path.of(mount.getKey()).getFileName());
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(mount.getValue()));
      }
    }
    return home.resolve("lib");
  }

  /** Libraries of the tests that are in the images: all but Millrace and what its job jar holds. */
  private String classPath() {
    String built =
        compose.root().toString() + File.separator; // the modules' jars name libraries too
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(entry -> !entry.startsWith(built) && !entry.contains("flink-connector-kafka"))
        .reduce((all, entry) -> all + File.pathSeparator + entry)
        .orElseThrow();
  }

  private Map<String, String> environment(String service) {
    Map<String, String> environment = new LinkedHashMap<>();
    Map<?, ?> given =
        (Map<?, ?>) compose.services().get(service).getOrDefault("environment", Map.of());
    given.forEach((key, value) -> environment.put(key.toString(), withPorts(value.toString())));
    return environment;
  }

  /** Path in the container to path here, for each mount of a service. */
  private Map<String, String> mounts(String service) {
    Map<String, String> mounts = new LinkedHashMap<>();
    for (String volume : compose.of(service, "volumes")) {
      String[] parts = volume.split(":");
      boolean ofProject = parts[0].startsWith("./");
      Path here =
          ofProject
              ? compose.root().resolve(parts[0]).normalize()
              : folder.resolve("volumes").resolve(parts[0]);
      mounts.put(parts[1], here.toString());
    }
    return mounts;
  }

  /** A word with the paths and ports of this machine; what it names is copied with them too. */
  private String here(String service, String word) throws IOException {
    String text = withPorts(word);
    for (Map.Entry<String, String> mount : mounts(service).entrySet()) {
      Matcher path = path(mount.getKey()).matcher(text);
      if (path.find()) {
        text =
            path.replaceFirst(Matcher.quoteReplacement(copy(service, Path.of(mount.getValue()))));
      }
    }
    return text;
  }

  private static Pattern path(String container) {
    return Pattern.compile("(?<![\\w/.])" + Pattern.quote(container) + "(?![\\w.-])");
  }

  /** A mounted text or folder of texts whose paths and ports are those of this machine. */
  private String copy(String service, Path mounted) throws IOException {
    if (mounted.startsWith(folder)) {
      return Files.createDirectories(mounted).toString();
    }
    if (mounted.endsWith("target")) {
      return mounted.toString(); // jars, which name no ports
    }
    Path copies = folder.resolve("copies").resolve(compose.root().relativize(mounted).toString());
    try (Stream<Path> files = Files.walk(mounted)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = copies.resolve(mounted.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, translated(service, Files.readString(file)));
      }
    }
    return copies.toString();
  }

  private String translated(String service, String text) throws IOException {
    String translated = withPorts(text);
    for (Map.Entry<String, String> mount : mounts(service).entrySet()) {
      if (Path.of(mount.getValue()).startsWith(folder)) {
        Files.createDirectories(Path.of(mount.getValue()));
        String from = "(?<=[=:/ ])" + Pattern.quote(mount.getKey()) + "(?![\\w.-])";
        translated = translated.replaceAll(from, Matcher.quoteReplacement(mount.getValue()));
      }
    }
    return translated;
  }

  /** A text with the ports of this machine. */
  String withPorts(String text) {
    return PORT.matcher(text)
        .replaceAll(port -> Integer.toString(port(Integer.parseInt(port.group()))));
  }

  /** Waits until a file has so many lines; a process that ends meanwhile is an error. */
  void untilLines(Path file, int n) {
    patiently()
        .untilAsserted(
            () ->
                assertThat(Files.exists(file) ? Files.readAllLines(file) : List.of())
                    .as(this::printed)
                    .hasSizeGreaterThanOrEqualTo(n));
  }

  /** Waits until a run, which may be in a store, has so many lines of metrics. */
  void untilLines(RunView run, int n) {
    Path metrics = run.dir().resolve(RunFiles.METRICS);
    patiently()
        .untilAsserted(
            () -> {
              run.refresh();
              assertThat(Files.exists(metrics) ? Files.readAllLines(metrics) : List.of())
                  .as(this::printed)
                  .hasSizeGreaterThanOrEqualTo(n);
            });
  }

  /** Waits until a process has printed what fits a pattern, and returns that. */
  String untilSaid(String name, String pattern) {
    AtomicReference<String> said = new AtomicReference<>();
    patiently()
        .untilAsserted(
            () -> {
              Matcher found = Pattern.compile(pattern).matcher(console(name));
              assertThat(found.find()).as(this::printed).isTrue();
              said.set(found.group());
            });
    return said.get();
  }

  private ConditionFactory patiently() {
    return await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(100))
        .conditionEvaluationListener(condition -> checkRunning());
  }

  /** Ends a process without a warning, as {@code kill -9} does. */
  void kill(String name) {
    processes.remove(name).destroyForcibly().onExit().join();
  }

  /** What a process has printed so far. */
  String console(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".txt"));
  }

  /** The end of what a process has printed so far, and its warnings, for messages. */
  String printed(String name) {
    try {
      List<String> lines = console(name).lines().toList();
      Stream<String> warnings =
          lines.stream().filter(line -> line.contains(" WARN ") || line.contains(" ERROR "));
      return Stream.concat(last(warnings.toList(), 20), last(lines, 20))
          .collect(Collectors.joining("\n", name + ":\n", "\n"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What all processes have printed, for messages. */
  String printed() {
    return processes.keySet().stream().map(this::printed).collect(Collectors.joining("\n"));
  }

  private static Stream<String> last(List<String> lines, int count) {
    return lines.subList(Math.max(0, lines.size() - count), lines.size()).stream();
  }

  /** Fails if the process of a service has ended, well or not. */
  void checkRunning() {
    processes.forEach(
        (name, process) -> {
          if (!process.isAlive() && !prepared.contains(name)) {
            throw new IllegalStateException(
                name + " has ended with " + process.exitValue() + ": " + printed(name));
          }
        });
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
    processes.values().forEach(process -> process.onExit().join());
  }
}
