package io.millrace.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess.Predicates;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The rules of the house, for the packages under one root. An arrow means "may import".
 *
 * <pre>
 * flink ──► runs ──► jobfile ──► model-core ◄── serving ──► kafka ──► model-core (event)
 * flink ──► state ──► model-core;  flink ──► kafka, serving, jobfile;  jobfile ──► kafka
 *
 * model-core: math, random, records, store ← event ← format, time ← file, values
 *             ← hash, table, metric ← cluster, dense, generator, linear ← dlrm ← snapshot ← spec
 *             ← counts ← watch, maps ← teacher, student ← stream
 * serving:    serving ← request ← http
 * runs:       line ← runs ← report ← page
 * flink:      store ← operator ← graph ← cli          (left may not import right)
 * </pre>
 */
final class HouseRules {
  /** The rooms of model-core in order; rooms on one line may use each other, without cycles. */
  static final List<List<String>> ROOMS =
      List.of(
          List.of("math", "random", "records", "store"),
          List.of("event"),
          List.of("format", "time"),
          List.of("file", "values"),
          List.of("hash", "table", "metric"),
          List.of("cluster", "dense", "generator", "linear"),
          List.of("dlrm"),
          List.of("snapshot"),
          List.of("spec"),
          List.of("counts", "replica"),
          List.of("watch", "maps"),
          List.of("teacher", "student"),
          List.of("stream"));

  static final List<List<String>> FLINK_ROOMS =
      List.of(
          List.of("flink.store"),
          List.of("flink.operator"),
          List.of("flink.graph"),
          List.of("flink.cli"));

  /** Of runs, the files themselves lie in the package above these, and know lines alone. */
  static final List<List<String>> RUN_ROOMS =
      List.of(
          List.of("runs.line"),
          List.of("runs.look"),
          List.of("runs.verdict"),
          List.of("runs.report"),
          List.of("runs.page"));

  /** Of serving, the library that loads and scores lies in the package above, and knows no HTTP. */
  static final List<List<String>> SERVING_ROOMS =
      List.of(List.of("serving"), List.of("serving.request"), List.of("serving.http"));

  private static final String[] PLAIN = {"java..", "org.slf4j..", "it.unimi.dsi.fastutil.."};
  private static final String FLINK = "org.apache.flink..";
  private static final String[] KAFKA = {"org.apache.kafka..", "kafka..", "scala.."};
  private static final String[] DATABIND = {
    "com.fasterxml.jackson.databind..", "com.fasterxml.jackson.dataformat..", "com.google.gson.."
  };

  private final String root;

  /**
   * @param root the package above all modules, such as {@code io.millrace}
   */
  HouseRules(String root) {
    this.root = root;
  }

  /** Every rule under its name. */
  Map<String, ArchRule> all() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("rooms", inOrder(ROOMS, "in model-core, left may not import right"));
    rules.put("flink's rooms", inOrder(FLINK_ROOMS, "in flink-jobs, left may not import right"));
    rules.put("runs' rooms", inOrder(RUN_ROOMS, "in runs, left may not import right"));
    rules.put("files of a run", filesOfARun());
    rules.put("no cycles", noCycles());
    rules.put("model-core's libraries", modelCoreLibraries());
    rules.put("random numbers", randomNumbers());
    rules.put("wall clock", wallClock());
    rules.put("DJL", djl());
    rules.put("native kernels", nativeKernels());
    rules.put("streaming JSON", streamingJson());
    rules.put("packed files", packedFiles());
    rules.put("Avro", avro());
    rules.put("Flink", flink());
    rules.put("state", state());
    rules.put("kafka", kafka());
    rules.put("broker", broker());
    rules.put("job file", jobFile());
    rules.put("YAML", yaml());
    rules.put("serving", serving());
    rules.put("serving's rooms", servingWithoutHttp());
    rules.put("runs", runs());
    rules.put("command line", commandLine());
    rules.put("operators", operators());
    rules.put("terminal", terminal());
    rules.put("deserialisation", deserialisation());
    return rules;
  }

  /** A newcomer reads rooms from left to right, and never has to look ahead. */
  private ArchRule inOrder(List<List<String>> rooms, String reason) {
    ArchRule rule = null;
    for (int i = 0; i < rooms.size() - 1; i++) {
      ArchRule next =
          noClasses()
              .that()
              .resideInAnyPackage(packages(rooms.subList(i, i + 1)))
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(packages(rooms.subList(i + 1, rooms.size())))
              .because(reason)
              .allowEmptyShould(true);
      rule = rule == null ? next : both(rule, next);
    }
    return rule;
  }

  /** What is written does not depend on how it is looked at. */
  private ArchRule filesOfARun() {
    return noClasses()
        .that()
        .resideInAPackage(root + ".runs")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            room("runs.look"), room("runs.verdict"), room("runs.report"), room("runs.page"))
        .because("report and page read the files of a run, which know neither")
        .allowEmptyShould(true);
  }

  /** No packages of any module know each other in circles. */
  ArchRule noCycles() {
    return slices().matching(root + ".(**)").should().beFreeOfCycles().allowEmptyShould(true);
  }

  /** All mathematics runs, and is tested, without a framework. */
  ArchRule modelCoreLibraries() {
    List<String> allowed = new ArrayList<>(List.of(PLAIN));
    allowed.addAll(List.of("com.fasterxml.jackson.core..", "ai.djl.."));
    allowed.addAll(List.of("org.bytedeco..", "com.sun.jna.."));
    allowed.addAll(List.of("com.github.luben..", "org.xerial.snappy..", "org.apache.parquet.."));
    allowed.addAll(List.of("jdk.incubator.vector..", "org.apache.avro.."));
    allowed.addAll(List.of(modelCore()));
    return classes()
        .that()
        .resideInAnyPackage(modelCore())
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed.toArray(String[]::new))
                .or(
                    DescribedPredicate.describe(
                        "arrays of primitives", c -> c.getPackageName().isEmpty())))
        .because("model-core is plain Java: no Flink, no Kafka, no databinding")
        .allowEmptyShould(true);
  }

  /** Equal seeds give equal bits only if every generator comes from the root seed. */
  ArchRule randomNumbers() {
    return noClasses()
        .that()
        .resideInAnyPackage(modelCore())
        .and()
        .resideOutsideOfPackage(room("random"))
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Random.class, ThreadLocalRandom.class, SecureRandom.class)
        .orShould()
        .callConstructorWhere(target(SplittableRandom.class, "<init>"))
        .orShould(callMethodWhere(target(Math.class, "random")))
        .because("io.millrace.random is the only place that makes generators")
        .allowEmptyShould(true);
  }

  /** A replay next year must give the bits of today: time comes from events. */
  ArchRule wallClock() {
    return noClasses()
        .that()
        .resideInAnyPackage(modelCore())
        .should(callMethodWhere(target(System.class, "currentTimeMillis")))
        .orShould(callMethodWhere(target(System.class, "nanoTime")))
        .orShould(
            callMethodWhere(
                Predicates.target(name("now"))
                    .and(Predicates.target(owner(resideInAPackage("java.time"))))
                    .forSubtype()))
        .orShould()
        .dependOnClassesThat(
            nameMatching("java\\.time\\.(Clock|InstantSource)|java\\.util\\.(Date|Calendar|Timer)"))
        .because("model-core knows event time only")
        .allowEmptyShould(true);
  }

  /** The deep learning engine can be exchanged in one package. */
  ArchRule djl() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".dense.djl..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .because("DJL belongs to dense.djl")
        .allowEmptyShould(true);
  }

  /** So can the library of matrix kernels. */
  ArchRule nativeKernels() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".dense.onednn..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "com.sun.jna..")
        .because("oneDNN belongs to dense.onednn")
        .allowEmptyShould(true);
  }

  /** The libraries of packed files and of Parquet can be exchanged in one room. */
  ArchRule packedFiles() {
    return both(
        belongTo("file.parquet", "org.apache.parquet..", "org.xerial.snappy.."),
        belongTo("file", "com.github.luben.."));
  }

  private ArchRule belongTo(String room, String... libraries) {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(room(room))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries)
        .because(String.join(", ", libraries) + " belong to " + room)
        .allowEmptyShould(true);
  }

  /** One class owns each format; only the formats' rooms read or write JSON. */
  ArchRule streamingJson() {
    return noClasses()
        .that()
        .resideInAnyPackage(modelCore())
        .and()
        .resideOutsideOfPackages(room("format"), room("snapshot"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.fasterxml.jackson..")
        .because("JSON in model-core belongs to format and snapshot, as a stream of tokens")
        .allowEmptyShould(true);
  }

  /** Bytes become events in one room, whatever their form. */
  ArchRule avro() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".format..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.avro..")
        .because("Avro belongs to format")
        .allowEmptyShould(true);
  }

  /** What needs no Flink is tested, and reused, without one. */
  ArchRule flink() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackages(room("state"), room("flink"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(FLINK)
        .because("Flink belongs to state and flink-jobs")
        .allowEmptyShould(true);
  }

  /** State is layout; it neither talks to Kafka nor multiplies. */
  ArchRule state() {
    return noClasses()
        .that()
        .resideInAPackage(room("state"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(KAFKA)
                .or(resideInAnyPackage("ai.djl..", "picocli.."))
                .or(resideInAnyPackage(DATABIND))
                .or(
                    resideInAnyPackage(
                        room("kafka"),
                        room("jobfile"),
                        room("serving"),
                        room("runs"),
                        room("flink"))))
        .because("state knows model-core, Flink and RocksDB")
        .allowEmptyShould(true);
  }

  /** Topics and codecs serve the job and the scorer alike, so they know neither. */
  ArchRule kafka() {
    return noClasses()
        .that()
        .resideInAPackage(room("kafka"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("ai.djl..", "picocli..")
                .or(resideInAnyPackage(DATABIND))
                .or(
                    resideInAnyPackage(
                        room("state"),
                        room("jobfile"),
                        room("serving"),
                        room("runs"),
                        room("flink")))
                .or(
                    resideInAnyPackage(
                        Stream.of(modelCore())
                            .filter(p -> !p.equals(room("event")))
                            .toArray(String[]::new))))
        .because("kafka-config knows the event nouns and Kafka")
        .allowEmptyShould(true);
  }

  /** A job file can be checked anywhere, without a job. */
  ArchRule jobFile() {
    return noClasses()
        .that()
        .resideInAPackage(room("jobfile"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("ai.djl..", "picocli..")
                .or(resideInAnyPackage(DATABIND))
                .or(
                    resideInAnyPackage(
                        room("state"),
                        room("serving"),
                        room("runs"),
                        room("flink"),
                        room("stream"))))
        .because("job-file knows model-core, kafka-config and YAML")
        .allowEmptyShould(true);
  }

  /** The parser of job files can be exchanged in one place. */
  ArchRule yaml() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(room("jobfile"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.snakeyaml..")
        .because("YAML belongs to job-file")
        .allowEmptyShould(true);
  }

  /** A broker's insides change with every release; one leaf package follows them. */
  ArchRule broker() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".kafka.embedded..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "kafka..",
            "scala..",
            "org.apache.kafka.metadata..",
            "org.apache.kafka.server..",
            "org.apache.kafka.controller..",
            "org.apache.kafka.raft..")
        .because("the broker's insides belong to kafka.embedded")
        .allowEmptyShould(true);
  }

  /** A scorer is a small process: it must not carry a Flink, nor what trains. */
  ArchRule serving() {
    return noClasses()
        .that()
        .resideInAPackage(room("serving"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "picocli..",
            "ai.djl..",
            room("state"),
            room("jobfile"),
            room("runs"),
            room("flink"),
            room("student"),
            room("teacher"),
            room("stream"))
        .because("serving knows published models, kafka-config, JSON and HTTP")
        .allowEmptyShould(true);
  }

  /** A library that scores in another process carries no server. */
  private ArchRule servingWithoutHttp() {
    return noClasses()
        .that()
        .resideInAnyPackage(root + ".serving", room("serving.request"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(room("serving.http"), "org.eclipse.jetty..")
        .because("the server uses the library, which knows no server")
        .allowEmptyShould(true);
  }

  /** What a run leaves behind is read without a Flink and without a Kafka. */
  ArchRule runs() {
    return noClasses()
        .that()
        .resideInAPackage(room("runs"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("picocli..", "ai.djl..", room("state"), room("serving"))
                .or(resideInAnyPackage(room("flink"), room("kafka")))
                .or(resideInAnyPackage(KAFKA)))
        .because("runs knows model-core, job-file, JSON and HTTP")
        .allowEmptyShould(true);
  }

  /** A formula is tested without a cluster; an operator decodes, calls one object, and emits. */
  private ArchRule operators() {
    return noClasses()
        .that()
        .resideInAPackage(room("flink.operator"))
        .should(new FloatArithmetic())
        .because("numbers belong to model-core")
        .allowEmptyShould(true);
  }

  /** Commands are thin, so nothing below them knows that there is a command line. */
  ArchRule commandLine() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".flink.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", root + ".flink.cli..")
        .because("the command line is the outermost layer")
        .allowEmptyShould(true);
  }

  /** Results are returned and events are logged; only a command prints. */
  ArchRule terminal() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackage(root + ".flink.cli..")
        .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
        .because("the terminal belongs to flink.cli")
        .allowEmptyShould(true);
  }

  /** Bytes from outside name no class to make: each format is read field by field. */
  ArchRule deserialisation() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .should()
        .dependOnClassesThat(
            nameMatching(
                "java\\.io\\.ObjectInputStream|java\\.beans\\.XMLDecoder"
                    + "|org\\.apache\\.flink\\.util\\.InstantiationUtil"
                    + "|com\\.fasterxml\\..*\\.PolymorphicTypeValidator"
                    + "|com\\.esotericsoftware\\..*|org\\.yaml\\.snakeyaml\\..*"))
        .because("no object of a class that its bytes choose is ever made")
        .allowEmptyShould(true);
  }

  private String room(String name) {
    return root + "." + name + "..";
  }

  private String[] modelCore() {
    return packages(ROOMS);
  }

  private String[] packages(List<List<String>> rooms) {
    return rooms.stream().flatMap(List::stream).map(this::room).toArray(String[]::new);
  }

  private static ArchRule both(ArchRule first, ArchRule second) {
    return CompositeArchRule.of(first).and(second);
  }

  private static DescribedPredicate<JavaCall<?>> target(Class<?> type, String method) {
    return Predicates.target(name(method))
        .and(
            Predicates.targetOwner(
                resideInAPackage(type.getPackageName()).and(name(type.getName()).forSubtype())))
        .forSubtype();
  }
}
