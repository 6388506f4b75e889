package io.millrace.tests.inputs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.event.ClickEvent;
import io.millrace.flink.cli.Millrace;
import io.millrace.hash.MapVersion;
import io.millrace.jobfile.ConfigException;
import io.millrace.jobfile.JobConfig;
import io.millrace.math.XxHash64;
import io.millrace.random.Seeds;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.serving.Scorer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law: whatever bytes lie in a file that Millrace reads, it reads them, or refuses them with the
 * one exception that its callers expect, in one line that names the file; it does so in time and in
 * memory that the file's length justifies. Bytes whose checksum is wrong are always refused.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileFilesTest {

  private static final int SHORT = 1_000;
  private static final int LONG = 100_000;

  /** Of a case, with the first use of classes and a collection in between. */
  private static final long MAX_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long MEMORY = 16L << 20;
  private static final long MEMORY_PER_BYTE = 400;

  /** The longer name first where one begins another. */
  private static final List<String> SIGNED_ARMS = List.of("two-level", "mixed", "double", "qr");

  private static final String JOB =
      """
      name: tiny
      schema:
        label: {column: y, positive: [p], threshold: 1}
        time: {column: t, unit: ms}
        dense:
          - {columns: d, transform: bucketise, boundaries: [0.25, 0.5]}
        categorical:
          - {columns: a, expected_ids: 200}
          - {columns: b, expected_ids: 10, separator: "|", name: tags}
      windows: {size: 1s}
      teacher: {dim: 2, bottom: [3], top: [3], batch: 16}
      student: {dim: 4, mlet_k: 4, bottom: [3], top: [3], batch: 16}
      hash: {min_rows: 100}
      arms:
        - {name: full, hash: full}
        - {name: modulo, hash: modulo}
        - {name: double, hash: double, combine: concat}
        - {name: qr, hash: qr}
        - {name: learned, hash: learned, table: mlet}
        - {name: learned-d, hash: learned, internal_tables: D}
        - {name: two-level, hash: two-level, bytes: 20%}
        - {name: mixed, hash: modulo, table: mixed, mixed: {d0: 2}}
        - {name: pep, hash: full, table: pep, pep: {drift: 0.1}}
      """;

  @TempDir static Path folder;

  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    Path job = Files.writeString(folder.resolve("job.yaml"), JOB);
    StringBuilder rows = new StringBuilder("t,y,d,a,b\n");
    for (int i = 0; i < 600; i++) {
      rows.append(1_700_000_000_000L + 5L * i).append(i % 3 == 0 ? ",p," : ",n,");
      rows.append(i % 10 / 10.).append(",id").append(i * i % 211).append(",x|y").append(i % 7);
      rows.append('\n');
    }
    Path events = Files.writeString(folder.resolve("events.csv"), rows);
    run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
  }

  /** A folder in memory where there is one: a case writes and reads some files. */
  static final class Memory implements TempDirFactory {
    private static final Path SHARED = Path.of("/dev/shm");

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
        throws IOException {
      return Files.isWritable(SHARED)
          ? Files.createTempDirectory(SHARED, "millrace")
          : Files.createTempDirectory("millrace");
    }
  }

  /** Files of a kind, and how they are read. */
  enum Kind {
    JOB_FILE {
      @Override
      List<byte[]> good() throws IOException {
        List<byte[]> files = new ArrayList<>(List.of(JOB.getBytes(UTF_8)));
        for (String example : List.of("generator", "criteo-80k")) {
          Path file = ProjectRoot.find().resolve("examples/" + example + "/job.yaml");
          files.add(Files.readAllBytes(file));
        }
        return files;
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path file = Files.write(place.resolve("job.yaml"), bytes);
        try {
          JobConfig job = JobConfig.read(file);
          assertThat(JobConfig.parse(job.toYaml(), "again").spec()).isEqualTo(job.spec());
          return true;
        } catch (ConfigException e) {
          assertThat(e.getMessage()).hasSizeLessThan(2000);
          return false;
        }
      }

      @Override
      long memory() {
        return 4 * MEMORY;
      }
    },
    MAP {
      @Override
      List<byte[]> good() throws IOException {
        return files(RunFiles.MAPS, ".*\\.map");
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        return map(bytes);
      }
    },
    SIGNED_MAP {
      @Override
      List<byte[]> good() throws IOException {
        return MAP.good();
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        if (bytes.length >= 20) {
          ByteBuffer map = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
          map.putInt(8, bytes.length - 20);
          byte[] payload = Arrays.copyOfRange(bytes, 12, bytes.length - 8);
          map.putLong(bytes.length - 8, XxHash64.hash(payload, 0));
        }
        return map(bytes);
      }
    },
    TENSORS {
      @Override
      List<byte[]> good() throws IOException {
        return List.of(newest("pep", ModelFolder.TENSORS));
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path model = model(place, "pep");
        byte[] right = Files.readAllBytes(model.resolve(ModelFolder.TENSORS));
        Files.write(model.resolve(ModelFolder.TENSORS), bytes);
        boolean accepted = opens(model);
        assertThat(accepted).isEqualTo(Arrays.equals(bytes, right));
        return accepted;
      }
    },
    SIGNED_TENSORS {
      @Override
      List<byte[]> good() throws IOException {
        return List.of(newest("learned-d", ModelFolder.TENSORS));
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path model = model(place, "learned-d");
        Files.write(model.resolve(ModelFolder.TENSORS), bytes);
        String manifest = Files.readString(model.resolve(Manifest.FILE_NAME));
        String hash = HexFormat.of().toHexDigits(XxHash64.hash(bytes, 0));
        manifest =
            manifest
                .replaceAll("\"bytes\" : [0-9]+", "\"bytes\" : " + bytes.length)
                .replaceAll("(\"xxh64\" : )\"[0-9a-f]+\"", "$1\"" + hash + "\"");
        Files.write(model.resolve(Manifest.FILE_NAME), sign(manifest.getBytes(UTF_8)));
        return opens(model);
      }
    },
    MANIFEST {
      @Override
      List<byte[]> good() throws IOException {
        return List.of(newest("two-level", Manifest.FILE_NAME));
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path model = model(place, "two-level");
        Files.write(model.resolve(Manifest.FILE_NAME), bytes);
        return opens(model);
      }
    },
    SIGNED_MANIFEST {
      @Override
      List<byte[]> good() throws IOException {
        List<byte[]> manifests = new ArrayList<>();
        for (String arm : SIGNED_ARMS) {
          manifests.add(newest(arm, Manifest.FILE_NAME));
        }
        return manifests;
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        String text = new String(bytes, UTF_8);
        String arm =
            SIGNED_ARMS.stream()
                .filter(name -> text.contains("\"arm\" : \"" + name))
                .findFirst()
                .orElse("two-level");
        Path model = model(place, arm);
        Files.write(model.resolve(Manifest.FILE_NAME), sign(bytes));
        return opens(model);
      }
    },
    POINTER {
      @Override
      List<byte[]> good() throws IOException {
        return files(RunFiles.MODELS, ".*/full/LATEST");
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        model(place, "full");
        Files.write(place.resolve("arm").resolve(ModelFolder.LATEST), bytes);
        return opens(place.resolve("arm"));
      }
    },
    MAP_POINTER {
      @Override
      List<byte[]> good() throws IOException {
        return files(RunFiles.MAPS, ".*/two-level[^/]*/a/end-.*");
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path maps = place.resolve("maps");
        Path field = maps.resolve(MapFolder.folder("spec", "a"));
        if (!Files.exists(field)) {
          Files.createDirectories(field);
          for (Path map : paths(RunFiles.MAPS, ".*/two-level[^/]*/a/.*\\.map")) {
            Files.copy(map, field.resolve(map.getFileName()));
          }
        }
        Files.write(field.resolve("end-1000"), bytes);
        try {
          return new MapFolder(maps).find("spec", "a", 1000).isPresent();
        } catch (IOException e) {
          assertNames(e, field.toString());
          return false;
        }
      }
    },
    RUN_FILES {
      @Override
      List<byte[]> good() throws IOException {
        return files("", ".*/run/[a-z]+\\.jsonl?");
      }

      @Override
      boolean accepts(byte[] bytes, Path place) throws IOException {
        Path report = Files.createDirectories(place.resolve("run"));
        List<String> names =
            List.of(RunFiles.RUN, RunFiles.METRICS, RunFiles.DRIFT, RunFiles.COUNTS);
        String name = names.get(bytes.length % names.size());
        for (String each : names) {
          Files.write(
              report.resolve(each),
              each.equals(name) ? bytes : Files.readAllBytes(run.resolve(each)));
        }
        Commands.Outcome outcome = Commands.run("report", "--run-dir", report);
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(Millrace.OK);
        return true;
      }

      @Override
      int cases(int n) {
        return n / 50;
      }

      @Override
      long memory() {
        return 8L * MEMORY;
      }
    };

    /** Whole files of this kind. */
    abstract List<byte[]> good() throws IOException;

    /** Whether bytes are taken for a file of this kind; any other exception is a failure. */
    abstract boolean accepts(byte[] bytes, Path place) throws IOException;

    /**
     * Bytes that a case may take, whatever its length: a report is built from all files, and a
     * range of columns is short.
     */
    long memory() {
      return MEMORY;
    }

    /** Cases to try where most kinds have {@code n}. */
    int cases(int n) {
      return n;
    }
  }

  @Test
  void scoreNamesTheDamagedFile(@TempDir Path place) throws IOException {
    Path model = model(place, "learned");
    Path tensors = model.resolve(ModelFolder.TENSORS);
    byte[] bytes = Files.readAllBytes(tensors);
    bytes[bytes.length - 1] ^= 1;
    Files.write(tensors, bytes);
    Path output = place.resolve("scores.csv");
    Commands.Outcome outcome =
        Commands.run(
            "score",
            "--model",
            model,
            "--events",
            folder.resolve("events.csv"),
            "--output",
            output);
    assertThat(outcome.code()).isEqualTo(Millrace.FAILURE);
    assertThat(outcome.err())
        .hasLineCount(1)
        .startsWith("millrace: " + tensors + ": damaged, its checksum must be ");
    assertThat(output).doesNotExist();
  }

  @Test
  void scoreKeepsToItsLimits(@TempDir Path place) throws IOException {
    Object[] score = {
      "score",
      "--model",
      model(place, "full"),
      "--events",
      folder.resolve("events.csv"),
      "--output",
      place.resolve("scores.csv"),
      "--max-ids-per-field",
      2
    };
    assertThat(Commands.succeed(score).out()).contains("scored 600 events, rejected 0");
    score[score.length - 1] = 1;
    assertThat(Commands.succeed(score).out()).contains("scored 0 events, rejected 600");
  }

  @ParameterizedTest
  @EnumSource
  void some(Kind kind, @TempDir(factory = Memory.class) Path place) throws IOException {
    attack(kind, place, SHORT);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void many(Kind kind, @TempDir(factory = Memory.class) Path place) throws IOException {
    attack(kind, place, LONG);
  }

  private static void attack(Kind kind, Path place, int n) throws IOException {
    List<byte[]> good = kind.good();
    assertThat(good).isNotEmpty();
    assertThat(kind.accepts(good.get(0).clone(), place)).as("undamaged").isTrue();
    Mutator mutator = new Mutator(Seeds.generator(17, "hostile/" + kind, 0), good);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int accepted = 0;
    int cases = kind.cases(n);
    long began = System.nanoTime();
    for (int i = 0; i < cases; i++) {
      byte[] bytes = mutator.next();
      long memory = threads.getCurrentThreadAllocatedBytes();
      long time = System.nanoTime();
      try {
        accepted += kind.accepts(bytes, place) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        Path kept = Files.write(Path.of("target", "hostile-" + kind), bytes);
        throw new AssertionError("case " + i + " of " + kind + ", kept in " + kept, e);
      }
      assertThat(System.nanoTime() - time).as("time of case %d", i).isLessThan(MAX_NANOS);
      assertThat(threads.getCurrentThreadAllocatedBytes() - memory)
          .as("memory of case %d, of %d bytes", i, bytes.length)
          .isLessThan(kind.memory() + MEMORY_PER_BYTE * bytes.length);
    }
    System.out.printf(
        Locale.ROOT,
        "%-15s %,8d cases, %,7d accepted, %.1f s%n",
        kind,
        cases,
        accepted,
        (System.nanoTime() - began) / 1e9);
    assertThat(accepted).as("accepted").isLessThanOrEqualTo(cases);
  }

  /** The run's files whose paths match. */
  private static List<byte[]> files(String below, String pattern) throws IOException {
    List<byte[]> found = new ArrayList<>();
    for (Path path : paths(below, pattern)) {
      found.add(Files.readAllBytes(path));
    }
    return found;
  }

  private static List<Path> paths(String below, String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(run.resolve(below))) {
      return files
          .filter(f -> Files.isRegularFile(f) && f.toString().matches(pattern))
          .sorted()
          .toList();
    }
  }

  private static byte[] newest(String arm, String file) throws IOException {
    Path folder = ModelFolder.resolve(run.resolve(RunFiles.MODELS).resolve(arm));
    return Files.readAllBytes(folder.resolve(file));
  }

  /** A copy of an arm's newest version. */
  private static Path model(Path place, String arm) throws IOException {
    Path from = ModelFolder.resolve(run.resolve(RunFiles.MODELS).resolve(arm));
    Path to = place.resolve("arm").resolve(from.getFileName());
    Files.createDirectories(to);
    for (String name : List.of(ModelFolder.TENSORS, Manifest.FILE_NAME)) {
      Files.write(to.resolve(name), Files.readAllBytes(from.resolve(name)));
    }
    return to;
  }

  private static boolean opens(Path model) {
    try {
      LoadedModel loaded = ModelFolder.open(model);
      Scorer scorer = new Scorer(loaded);
      int dense = loaded.model().schema().dense().size();
      int fields = loaded.model().schema().fields().size();
      long[] ids = new long[fields];
      int[] offsets = new int[fields + 1];
      Arrays.setAll(ids, f -> 99L * f);
      Arrays.setAll(offsets, f -> f);
      float p = scorer.score(new ClickEvent(0, 1, new float[dense], ids, offsets));
      assertThat(p >= 0 && p <= 1 || Float.isNaN(p)).isTrue();
      return true;
    } catch (IOException e) {
      assertNames(e, model.toString());
      return false;
    }
  }

  private static boolean map(byte[] bytes) {
    try {
      MapVersion map = MapVersion.readFrom(new ByteArrayInputStream(bytes), "the map");
      return compiles(map);
    } catch (IOException e) {
      assertNames(e, "the map");
      return false;
    }
  }

  private static boolean compiles(MapVersion map) {
    try {
      map.toHash();
      return true;
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining(map.fileName());
      return false;
    }
  }

  private static void assertNames(IOException e, String name) {
    assertThat(e).hasMessageContaining(name);
    assertThat(e.getMessage()).hasSizeLessThan(name.length() + 500);
  }

  /** Puts the right checksum into a manifest, if it has room for one. */
  private static byte[] sign(byte[] manifest) {
    String text = new String(manifest, ISO_8859_1);
    String key = "\"manifest_xxh64\" : \"";
    int at = text.lastIndexOf(key) + key.length();
    if (at < key.length() || at + 16 > manifest.length) {
      return manifest;
    }
    byte[] signed = manifest.clone();
    Arrays.fill(signed, at, at + 16, (byte) '0');
    byte[] hash = HexFormat.of().toHexDigits(XxHash64.hash(signed, 0)).getBytes(UTF_8);
    System.arraycopy(hash, 0, signed, at, 16);
    return signed;
  }
}
