package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dense.MlpSpec;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.LabelColumn;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import io.millrace.hash.IdHash;
import io.millrace.hash.MappedHash;
import io.millrace.hash.ModuloHash;
import io.millrace.hash.MultiHash;
import io.millrace.hash.QuotientRemainderHash;
import io.millrace.hash.RowRange;
import io.millrace.hash.StaticMap;
import io.millrace.math.XxHash64;
import io.millrace.metric.Metrics;
import io.millrace.table.Combine;
import io.millrace.table.RowFormat;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelFolderTest {

  private static final int DIM = 2;

  @TempDir Path arm;

  /** Law: what was published is opened, every float, id, row and word of it. */
  @Test
  void opensWhatWasPublished() throws IOException {
    PublishedModel model = model(1);
    Path folder = ModelFolder.publish(arm, model, origin(7), 2);
    assertThat(folder).isEqualTo(arm.resolve("v000007"));
    for (Path path : List.of(arm, folder)) {
      LoadedModel loaded = ModelFolder.open(path);
      assertThat(loaded.folder()).isEqualTo(folder);
      assertThat(loaded.version()).isEqualTo(7);
      assertThat(loaded.mapVersion()).isEqualTo(4);
      assertThat(loaded.manifest().origin()).isEqualTo(origin(7));
      PublishedModel read = loaded.model();
      assertThat(read.schema()).isEqualTo(model.schema());
      PublishedNetwork network = read.network().orElseThrow();
      PublishedNetwork written = model.network().orElseThrow();
      assertThat(network.bottom()).isEqualTo(written.bottom());
      assertThat(network.top()).isEqualTo(written.top());
      assertThat(network.bottomParameters()).isDeepEqualTo(written.bottomParameters());
      assertThat(network.topParameters()).isDeepEqualTo(written.topParameters());
      for (int f = 0; f < model.fields().size(); f++) {
        assertSameRows(read.fields().get(f), model.fields().get(f));
        for (long id = -50; id < 50; id++) {
          assertThat(rows(read.fields().get(f), id)).isEqualTo(rows(model.fields().get(f), id));
        }
      }
    }
  }

  /** Law: a version says where it stands among the updates; one without updates says nothing. */
  @Test
  void opensWhereAVersionStandsAmongUpdates() throws IOException {
    Origin plain = origin(3);
    Origin.UpdatesAt at = new Origin.UpdatesAt("p.updates", 2, 1_700_000_000_001L, 17);
    Origin updated =
        new Origin(
            plain.arm(),
            plain.seed(),
            4,
            plain.firstEventTime(),
            plain.lastEventTime(),
            plain.eventsLearned(),
            plain.window(),
            plain.maps(),
            plain.eventFormat(),
            Optional.of(at));
    for (Origin origin : List.of(plain, updated)) {
      Path folder = ModelFolder.publish(arm, model(1), origin, 9);
      assertThat(ModelFolder.open(folder).manifest().origin()).isEqualTo(origin);
      assertThat(Files.readString(folder.resolve(Manifest.FILE_NAME)).contains("\"updates\""))
          .isEqualTo(origin.updates().isPresent());
    }
  }

  /** Law: hashes with several rows an id come back with their shapes and how rows combine. */
  @Test
  void opensHashesOfSeveralRows() throws IOException {
    IdHash multi = new MultiHash(2, 3, -8);
    IdHash quotients = new QuotientRemainderHash(1L << 40, 1 << 20, 9);
    FieldRows joined = new FieldRows.Hashed(multi, Combine.CONCAT, dense(6, 1, 1));
    FieldRows product =
        new FieldRows.Hashed(quotients, Combine.MULT, dense(quotients.rows() * DIM, 2, DIM));
    ModelFolder.publish(arm, model(1, joined, product), origin(1), 1);
    LoadedModel loaded = ModelFolder.open(arm);
    assertThat(loaded.manifest().network().orElseThrow().fields().subList(1, 3))
        .containsExactly(
            new Manifest.Field(
                "b",
                Manifest.Kind.MULTI,
                6,
                1,
                Combine.CONCAT,
                Manifest.Stored.DENSE,
                RowFormat.FLOAT32,
                multi),
            new Manifest.Field(
                "c",
                Manifest.Kind.QUOTIENT_REMAINDER,
                quotients.rows(),
                DIM,
                Combine.MULT,
                Manifest.Stored.DENSE,
                RowFormat.FLOAT32,
                quotients));
    for (int f = 1; f < 3; f++) {
      FieldRows expected = f == 1 ? joined : product;
      FieldRows read = loaded.model().fields().get(f);
      assertSameRows(read, expected);
      assertThat(read.combine()).isEqualTo(expected.combine());
      for (long id = -50; id < 50; id++) {
        assertThat(rows(read, id)).hasSize(2).isEqualTo(rows(expected, id));
      }
    }
  }

  /**
   * Law: a model knows which texts are missing and which fields are numbers, and its format says so
   * to older readers; a model without both is written as ever.
   */
  @Test
  void aModelKnowsHowItsIdsAreRead() throws IOException {
    Schema plain = model(1).schema();
    List<CategoricalField> fields = new ArrayList<>(plain.fields());
    fields.set(1, new CategoricalField("b", "B", "|", 20, true));
    Schema rules =
        new Schema(plain.dense(), fields, plain.label(), plain.time(), List.of("NA", "\\N", "é"));
    FileFormat usual = new FileFormat(TextFormat.TSV, List.of("click", "a"));
    FileFormat other = new FileFormat(TextFormat.TSV, List.of("click", "a"), "::", "utf-16");
    assertThat(roundTrip(plain, usual))
        .contains("\"format\" : 1,")
        .doesNotContain("encoding", "number", "NA");
    assertThat(roundTrip(plain, other)).contains("\"format\" : 1,");
    assertThat(roundTrip(rules, other)).contains("\"format\" : 2,");
  }

  /** Writes and reads a manifest; returns its text. */
  private static String roundTrip(Schema schema, FileFormat format) throws IOException {
    PublishedModel model = model(1);
    Manifest manifest =
        new Manifest(
            origin(1, format),
            schema,
            Optional.of(shapes(model, List.of())),
            Optional.empty(),
            List.of());
    byte[] bytes = ManifestJson.write(manifest);
    Manifest read = ManifestJson.read(bytes, "m");
    assertThat(read.schema()).isEqualTo(schema);
    assertThat(read.origin().eventFormat()).isEqualTo(format);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Law: a manifest from before hashes had several rows means rows of length dim, summed. */
  @Test
  void anOlderManifestIsRead() throws IOException {
    Path file = ModelFolder.publish(arm, model(1), origin(1), 1).resolve(Manifest.FILE_NAME);
    Manifest now = ManifestJson.read(Files.readAllBytes(file), "now");
    String older =
        Files.readString(file)
            .replaceAll("\\s*\"(row_length|combine|stored)\" : [^,}]*,", "")
            .replaceAll(",\\s*\"stored\" : \"dense\"", "");
    assertThat(older).doesNotContain("row_length", "combine", "stored");
    String zeros = older.replaceAll("(\"manifest_xxh64\" : \")[0-9a-f]{16}", "$1" + "0".repeat(16));
    byte[] bytes = zeros.getBytes(StandardCharsets.UTF_8);
    String signed =
        zeros.replace("0".repeat(16) + "\"", ManifestJson.hex(XxHash64.hash(bytes, 0)) + "\"");
    Manifest then = ManifestJson.read(signed.getBytes(StandardCharsets.UTF_8), "then");
    assertThat(then).isEqualTo(now);
  }

  /** Law: factors and pruned rows come back in their own form, and a manifest names it. */
  @Test
  void opensRowsOfEveryForm() throws IOException {
    IdHash hash = new ModuloHash(4, 8);
    StoredRows factors =
        new StoredRows.Factors(new StoredRows.Dense(fill(4, 1), 1), fill(DIM, 2), DIM);
    StoredRows sparse = new SparseRows(new byte[] {1, 0, 3, 2}, fill(4, 3), 4, DIM);
    FieldRows b = new FieldRows.Hashed(hash, Combine.SUM, factors);
    FieldRows c = new FieldRows.Hashed(hash, Combine.SUM, sparse);
    ModelFolder.publish(arm, model(1, b, c), origin(1), 1);
    LoadedModel loaded = ModelFolder.open(arm);
    assertThat(loaded.manifest().network().orElseThrow().fields())
        .extracting(Manifest.Field::stored)
        .containsExactly(Manifest.Stored.DENSE, Manifest.Stored.FACTORS, Manifest.Stored.SPARSE);
    assertSameRows(loaded.model().fields().get(1), b);
    assertSameRows(loaded.model().fields().get(2), c);
    assertThat(loaded.model().fields().get(2).rows().bytes()).isEqualTo(4 + 4 * 4 + 4);
  }

  /** Law: rows of every format come back in it, to the bit, in every form and as tensors of it. */
  @ParameterizedTest
  @EnumSource(RowFormat.class)
  void opensRowsOfEveryFormat(RowFormat format) throws IOException {
    StoredRows.Dense narrow = new StoredRows.Dense(fill(4, 1), 1).in(format);
    StoredRows.Dense left = new StoredRows.Dense(fill(4, 3), 1).in(format.forLength(1));
    FieldRows a = hashed(new StoredRows.Dense(fill(4 * DIM, 4), DIM).in(format));
    FieldRows b = hashed(new StoredRows.Factors(narrow, fill(DIM, 2), DIM));
    FieldRows c = hashed(new SparseRows(new byte[] {1, 0, 3, 2}, left, 4, DIM));
    Path folder = ModelFolder.publish(arm, model(1, a, b), origin(1), 2);
    LoadedModel loaded = ModelFolder.open(arm);
    assertThat(loaded.manifest().network().orElseThrow().fields().subList(1, 3))
        .extracting(Manifest.Field::precision)
        .containsExactly(format, format);
    ModelFolder.publish(arm, model(2, c, c), origin(2), 2);
    LoadedModel pruned = ModelFolder.open(arm);
    assertSameRows(loaded.model().fields().get(1), a);
    assertSameRows(loaded.model().fields().get(2), b);
    assertSameRows(pruned.model().fields().get(1), c);
    assertThat(pruned.model().fields().get(1).rows().format()).isEqualTo(format.forLength(1));
    boolean exact = format == RowFormat.FLOAT32;
    assertThat(Files.readString(folder.resolve(Manifest.FILE_NAME)))
        .contains("\"format\" : " + (exact ? 1 : 4) + ",")
        .contains(exact ? "" : "\"precision\" : \"" + format.key() + "\"");
  }

  private static FieldRows hashed(StoredRows rows) {
    return new FieldRows.Hashed(new ModuloHash(4, 8), Combine.SUM, rows);
  }

  /** Law: rows that are not finite are refused with the row, in every format but float32. */
  @ParameterizedTest
  @EnumSource(value = RowFormat.class, names = "FLOAT32", mode = EnumSource.Mode.EXCLUDE)
  void rowsThatAreNotFiniteAreRefused(RowFormat format) throws IOException {
    float[] values = fill(4 * DIM, 4);
    values[2 * DIM] = Float.NaN;
    FieldRows damaged = hashed(new StoredRows.Dense(values, DIM).in(format));
    Path folder = ModelFolder.publish(arm, model(1, damaged, damaged), origin(1), 1);
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .isInstanceOf(IOException.class)
        .hasMessage(
            folder.resolve(ModelFolder.TENSORS)
                + ": tensor 'field.1.rows' must be finite but is not in row 2");
  }

  /** Law: rows that are multiplied or joined are dense, and rows are as many as their hash's. */
  @Test
  void rowsThatDoNotFitAreRefused() {
    StoredRows factors =
        new StoredRows.Factors(new StoredRows.Dense(fill(4, 1), 1), fill(DIM, 2), DIM);
    assertThatThrownBy(() -> new FieldRows.Hashed(new MultiHash(2, 2, 1), Combine.MULT, factors))
        .hasMessage("rows must be dense if they combine by mult");
    assertThatThrownBy(() -> new FieldRows.Hashed(new ModuloHash(5, 1), Combine.SUM, factors))
        .hasMessage("rows must be as many as the hash has (5) but were 4");
    assertThatThrownBy(() -> new FieldRows.Indexed(new long[] {2, 3}, factors))
        .hasMessage("rows must be as many as ids (2) but were 4");
  }

  private static StoredRows dense(int n, int seed, int length) {
    return new StoredRows.Dense(fill(n, seed), length);
  }

  private static void assertSameRows(FieldRows actual, FieldRows expected) {
    assertThat(actual.rows()).hasSameClassAs(expected.rows());
    assertThat(actual.count()).isEqualTo(expected.count());
    for (int r = 0; r < expected.count(); r++) {
      float[] a = new float[expected.rows().length()];
      float[] e = a.clone();
      actual.rows().add(r, a, 0);
      expected.rows().add(r, e, 0);
      assertThat(a).containsExactly(e);
    }
  }

  private static List<Integer> rows(FieldRows field, long id) {
    int[] rows = new int[field.lookups()];
    return Arrays.stream(rows, 0, field.lookUp(id, rows)).boxed().toList();
  }

  /** Law: publishing a version again gives the same bytes, also over a damaged copy of it. */
  @Test
  void publishingTwiceIsTheSame() throws IOException {
    Path folder = ModelFolder.publish(arm, model(1), origin(1), 2);
    Path tensors = folder.resolve(ModelFolder.TENSORS);
    byte[] first = Files.readAllBytes(tensors);
    byte[] manifest = Files.readAllBytes(folder.resolve(Manifest.FILE_NAME));
    Files.writeString(tensors, "damaged");
    Files.createDirectory(arm.resolve(".writing-v000001"));
    Files.writeString(arm.resolve(".writing-v000001/left"), "by a writer that died");
    for (int again = 0; again < 2; again++) {
      ModelFolder.publish(arm, model(1), origin(1), 2);
      assertThat(Files.readAllBytes(tensors)).isEqualTo(first);
      assertThat(Files.readAllBytes(folder.resolve(Manifest.FILE_NAME))).isEqualTo(manifest);
    }
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000001");
  }

  /** Law: the newest versions stay, and the one pointed to always does. */
  @Test
  void keepsTheNewest() throws IOException {
    for (long version = 1; version <= 5; version++) {
      ModelFolder.publish(arm, model(version), origin(version), 3);
    }
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000003", "v000004", "v000005");
    ModelFolder.publish(arm, model(2), origin(2), 1);
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000002", "v000005");
    assertThat(ModelFolder.open(arm).version()).isEqualTo(2);
  }

  /** Law: the last version of each of the last hours stays too, and no more of them. */
  @Test
  void keepsTheLastOfEachHour() throws IOException {
    Retention keep = new Retention(2, 3);
    for (int version = 1; version <= 20; version++) {
      ModelFolder.publish(arm, model(1), at(version, version * 15L, Optional.empty()), keep);
    }
    // Hours end before versions 4, 8, 12, 16 and 20; the last one has begun with version 20.
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000015", "v000019", "v000020");
    Files.writeString(arm.resolve("v000015").resolve(Manifest.FILE_NAME), "damaged");
    ModelFolder.publish(arm, model(1), at(21, 21 * 15L, Optional.empty()), keep);
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000019", "v000020", "v000021");
    ModelFolder.publish(arm, model(1), at(22, 21 * 15L, Optional.empty()), new Retention(1, 0));
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000022");
  }

  /** Law: a writer of an earlier epoch replaces nothing, and does not move the pointer. */
  @Test
  void aLaterEpochIsNotReplaced() throws IOException {
    Retention keep = new Retention(9, 0);
    ModelFolder.publish(arm, model(1), epoch(7, 100), keep);
    ModelFolder.publish(arm, model(2), epoch(8, 200), keep);
    byte[] manifest = Files.readAllBytes(arm.resolve("v000008").resolve(Manifest.FILE_NAME));
    for (int version : List.of(8, 9)) {
      assertThatThrownBy(() -> ModelFolder.publish(arm, model(3), epoch(version, 100), keep))
          .isInstanceOf(SupersededException.class)
          .hasMessageContaining(
              "v000008: has epoch 200, so version " + version + " of epoch 100 is");
    }
    assertThat(names()).containsExactlyInAnyOrder("LATEST", "v000007", "v000008");
    assertThat(arm.resolve("v000008").resolve(Manifest.FILE_NAME)).hasBinaryContent(manifest);
    assertThat(ModelFolder.newestEpoch(arm)).isEqualTo(200);
    // A damaged version, a damaged pointer, and a writer without epochs do not stand in the way.
    Files.writeString(arm.resolve("v000008").resolve(Manifest.FILE_NAME), "damaged");
    ModelFolder.publish(arm, model(3), epoch(8, 150), keep);
    assertThat(ModelFolder.newestEpoch(arm)).isEqualTo(150);
    ModelFolder.publish(arm, model(3), origin(9), keep);
    Files.writeString(arm.resolve(ModelFolder.LATEST), "damaged");
    ModelFolder.publish(arm, model(3), epoch(10, 151), keep);
    assertThat(ModelFolder.open(arm).version()).isEqualTo(10);
  }

  private static Origin epoch(long version, long epoch) {
    return at(version, 0, Optional.of(new Origin.UpdatesAt("p.updates", 0, epoch, 1)));
  }

  /** A version whose newest event came in this minute. */
  private static Origin at(long version, long minute, Optional<Origin.UpdatesAt> updates) {
    Origin plain = origin(version);
    return new Origin(
        plain.arm(),
        plain.seed(),
        version,
        0,
        minute * 60_000,
        plain.eventsLearned(),
        plain.window(),
        plain.maps(),
        plain.eventFormat(),
        updates);
  }

  /** Law: any flipped byte of any file is noticed; the message names file and checksums. */
  @Test
  void damageIsNoticed() throws IOException {
    Path folder = ModelFolder.publish(arm, model(1), origin(1), 1);
    for (String name : List.of(ModelFolder.TENSORS, Manifest.FILE_NAME)) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int at = 0; at < good.length; at += 37) {
        byte[] bad = good.clone();
        bad[at] ^= 4;
        Files.write(file, bad);
        assertThatThrownBy(() -> ModelFolder.open(arm))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(name);
      }
      Files.write(file, good);
    }
    byte[] tensors = Files.readAllBytes(folder.resolve(ModelFolder.TENSORS));
    tensors[tensors.length - 1] ^= 1;
    Files.write(folder.resolve(ModelFolder.TENSORS), tensors);
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .hasMessageMatching(
            ".*model.safetensors: damaged, its checksum must be [0-9a-f]{16} but is [0-9a-f]{16}");
  }

  /** Law: a hand-edited manifest is refused, for what it says was not measured. */
  @Test
  void editedManifestIsRefused() throws IOException {
    Path file = ModelFolder.publish(arm, model(1), origin(1), 1).resolve(Manifest.FILE_NAME);
    String json = Files.readString(file);
    Files.writeString(file, json.replace("\"auc\" : 0.75", "\"auc\" : 0.99"));
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .hasMessageContaining("manifest.json: damaged or edited, its checksum must be ");
    Files.writeString(file, json.replace("\"format\" : 1,", "\"format\" : 6,"));
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .hasMessageContaining("manifest.json: format must be in 1..5 but was 6");
  }

  @Test
  void aFolderWithoutAModelSaysSo() throws IOException {
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("a published model has a manifest.json, an arm's folder a LATEST");
    Files.writeString(arm.resolve(ModelFolder.LATEST), "../../etc\n", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ModelFolder.open(arm))
        .hasMessageContaining("must name a version such as v000001 but holds '../../etc'");
  }

  /** Law: a model whose parts do not fit each other cannot be made. */
  @Test
  void partsMustFit() {
    PublishedNetwork good = model(1).network().orElseThrow();
    assertThatThrownBy(
            () ->
                new PublishedNetwork(
                    3,
                    good.bottom(),
                    good.bottomParameters(),
                    good.top(),
                    good.topParameters(),
                    good.fields()))
        .hasMessage("bottom's output must be 3 but was 2");
    assertThatThrownBy(() -> new FieldRows.Indexed(new long[] {2, 2}, dense(4, 1, 2)))
        .hasMessage("ids must be ascending but are not at 1");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(arm)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Law: a hash that a reader could not rebuild from the manifest is refused by name. */
  @Test
  void refusesAnUnknownFormula() {
    IdHash unknown =
        new IdHash() {
          @Override
          public int rows() {
            return 1;
          }

          @Override
          public int row(long id) {
            return 0;
          }

          @Override
          public long serializedBytes() {
            return 0;
          }
        };
    PublishedModel model = model(1);
    Manifest.Field field =
        new Manifest.Field(
            "a",
            Manifest.Kind.MODULO,
            1,
            DIM,
            Combine.SUM,
            Manifest.Stored.DENSE,
            RowFormat.FLOAT32,
            unknown);
    Manifest manifest =
        new Manifest(
            origin(1),
            model.schema(),
            Optional.of(shapes(model, List.of(field))),
            Optional.empty(),
            List.of());
    assertThatThrownBy(() -> ManifestJson.write(manifest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(unknown.getClass().getName());
  }

  private static Manifest.Network shapes(PublishedModel model, List<Manifest.Field> fields) {
    PublishedNetwork network = model.network().orElseThrow();
    return new Manifest.Network(DIM, network.bottom(), network.top(), fields);
  }

  private static Origin origin(long version) {
    return origin(version, new FileFormat(TextFormat.TSV, List.of("click", "a")));
  }

  private static Origin origin(long version, FileFormat format) {
    Metrics metrics = new Metrics(10, 3, .75, .5, Double.NaN, 1.125);
    return new Origin(
        "learned-10",
        -3,
        version,
        1_700_000_000_000L,
        1_700_000_086_399L,
        1234,
        new Origin.ClosedWindow(0, 86_400_000, metrics),
        List.of(new Origin.MapId("c", 4, -1), new Origin.MapId("b", 3, 255)),
        format);
  }

  private static PublishedModel model(long seed) {
    StaticMap map = StaticMap.build(new long[] {1, 2, 3}, new int[] {0, 1, 1}, 2, 6, seed);
    return model(
        seed,
        new FieldRows.Hashed(new ModuloHash(5, -seed), Combine.SUM, dense(10, 6, DIM)),
        new FieldRows.Hashed(
            new MappedHash(3, new RowRange(2, 1), 8, map), Combine.SUM, dense(6, 7, DIM)));
  }

  private static PublishedModel model(long seed, FieldRows b, FieldRows c) {
    Schema schema =
        new Schema(
            List.of(
                DenseColumn.of("i", new Transform.Identity()),
                new DenseColumn("l", "L 1", new Transform.Log1p(.1), .3f),
                DenseColumn.of("s", new Transform.Standardise(-1.5, 3)),
                DenseColumn.of("b", new Transform.Bucketise(List.of(-1e300, 0., .1)))),
            List.of(
                new CategoricalField("a", "A", "", 10),
                new CategoricalField("b", "B\"\u00e9", "|", 20),
                new CategoricalField("c", "C", " ", 1L << 40)),
            new LabelColumn("click", List.of("yes", "1"), .25, true),
            new TimeColumn.Pattern("t", "uuuu-MM-dd", 2024, "UTC"));
    return new PublishedModel(
        schema,
        Optional.of(
            new PublishedNetwork(
                DIM,
                new MlpSpec(List.of(4, DIM), true),
                new float[][] {fill(8, seed), fill(2, 1)},
                new MlpSpec(List.of(DIM + 6, 3, 1), false),
                new float[][] {fill(24, seed), fill(3, 2), fill(3, 3), fill(1, 4)},
                List.of(new FieldRows.Indexed(new long[] {-9, 0, 40}, dense(6, 5, DIM)), b, c))),
        Optional.empty());
  }

  private static float[] fill(int n, long seed) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (i + 1) / (float) (seed + 3);
    }
    return values;
  }
}
