package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.ModelUpdate.LinearChange;
import io.millrace.snapshot.ModelUpdate.NetworkChange;
import io.millrace.table.RowFormat;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UpdateCodecTest {

  private final UpdateCodec.Assembler assembler = new UpdateCodec.Assembler();

  /** Law: what was written is read, every float, row, id and number; each part alone too. */
  @Test
  void readsWhatWasWritten() {
    ModelUpdate all = update("a", 5, 2, 7);
    List<ModelUpdate> updates =
        List.of(
            all,
            new ModelUpdate(header("a", 5, 8, 7), all.network(), Optional.empty()),
            new ModelUpdate(header("a", 5, 9, 8), Optional.empty(), all.linear()));
    for (ModelUpdate update : updates) {
      List<byte[]> records = UpdateCodec.chunks(update);
      assertThat(records).hasSize(1);
      UpdateRecord read = assembler.add(records.get(0)).orElseThrow();
      assertThat(read).usingRecursiveComparison().isEqualTo(update);
    }
    assertThat(assembler.damaged() + assembler.incomplete()).isZero();
  }

  /** Law: rows come back in every precision with every byte. */
  @Test
  void rowsKeepTheirPrecision() {
    for (RowFormat format : RowFormat.values()) {
      StoredRows rows = StoredRows.Dense.of(format, 3, 5, (i, row) -> row[i] = i + .3f);
      NetworkChange network =
          new NetworkChange(
              new float[][] {{1}},
              new float[][] {{2}},
              List.of(new FieldChange(0, new int[] {1, 2, 9}, new long[0], rows)));
      ModelUpdate update =
          new ModelUpdate(
              header("a", 1, format.ordinal() + 1, 0), Optional.of(network), Optional.empty());
      assertThat(assembler.add(UpdateCodec.chunks(update).get(0)).orElseThrow())
          .usingRecursiveComparison()
          .isEqualTo(update);
    }
  }

  /** Law: weights of a linear part come back to the bit, also those that no half can hold. */
  @Test
  void weightsKeepTheirBits() {
    for (float odd : new float[] {.1f, Float.NaN, 1e20f, -0f, Float.MIN_VALUE, .5f}) {
      LinearChange change = new LinearChange(new int[] {1, 9}, new float[] {odd, .25f});
      ModelUpdate update =
          new ModelUpdate(header("a", 1, 1, 0), Optional.empty(), Optional.of(change));
      ModelUpdate read =
          (ModelUpdate)
              new UpdateCodec.Assembler().add(UpdateCodec.chunks(update).get(0)).orElseThrow();
      assertThat(read.linear().orElseThrow().weights()).isEqualTo(change.weights());
    }
  }

  /**
   * Law: a large update is cut into records below the bound, and is there when all have come, in
   * whatever order and however often.
   */
  @Test
  void cutsLargeUpdates() {
    ModelUpdate update = large("arm-ä", 3, 9);
    List<byte[]> records = new ArrayList<>(UpdateCodec.chunks(update));
    assertThat(records).hasSize(2);
    assertThat(records).allMatch(record -> record.length < UpdateCodec.MOST_BYTES);
    records.addAll(records.subList(0, 2));
    Collections.shuffle(records, new Random(4));
    List<UpdateRecord> read = addAll(records);
    assertSame(read, List.of(update));
    assertThat(assembler.incomplete()).isZero();
  }

  /**
   * Law: of updates of several arms whose records are interleaved, repeated and lost, exactly those
   * are given whose records all came, each once, in the order of their arm; the others are counted.
   */
  @Test
  void interleavedUpdatesComeWholeOrNotAtAll() {
    SplittableRandom random = Seeds.generator(8, "interleaved", 0);
    for (int round = 0; round < 30; round++) {
      UpdateCodec.Assembler fresh = new UpdateCodec.Assembler();
      List<List<byte[]>> streams = new ArrayList<>();
      List<UpdateRecord> expected = new ArrayList<>();
      int lost = 0;
      for (String arm : List.of("a", "b")) {
        List<byte[]> stream = new ArrayList<>();
        for (int interval = 1; interval <= 4; interval++) {
          ModelUpdate update = large(arm, 2, interval);
          List<byte[]> records = new ArrayList<>(UpdateCodec.chunks(update));
          // The last update is whole, so that losses before it are known.
          if (interval < 4 && random.nextInt(3) == 0) {
            records.remove(random.nextInt(records.size()));
            lost++;
          } else {
            records.add(records.get(random.nextInt(records.size())));
            expected.add(update);
          }
          stream.addAll(records);
        }
        streams.add(stream);
      }
      List<UpdateRecord> read = new ArrayList<>();
      while (streams.stream().anyMatch(stream -> !stream.isEmpty())) {
        List<byte[]> stream = streams.get(random.nextInt(2));
        if (!stream.isEmpty()) {
          fresh.add(stream.remove(0)).ifPresent(read::add);
        }
      }
      read.sort(Comparator.comparing(one -> ((ModelUpdate) one).header().arm()));
      assertSame(read, expected);
      assertThat(fresh.incomplete()).isEqualTo(lost);
      assertThat(fresh.damaged()).isZero();
    }
  }

  /** Law: a record of which a bit has changed, or an end is lost, gives nothing and is counted. */
  @Test
  void damagedRecordsGiveNothing() {
    SplittableRandom random = Seeds.generator(9, "damaged", 0);
    byte[] record = UpdateCodec.chunks(update("a", 5, 2, 7)).get(0);
    byte[] reset = UpdateCodec.reset(new UpdateRecord.Reset("a", 5, 2));
    int bad = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] damaged = (i % 2 == 0 ? record : reset).clone();
      if (random.nextBoolean()) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      } else {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      }
      assertThat(assembler.add(damaged)).isEmpty();
      assertThat(assembler.damaged()).isEqualTo(++bad);
      assertThat(assembler.fault()).isNotEmpty();
    }
    assertThat(assembler.add(record)).isPresent();
  }

  /**
   * Law: a body with wrong numbers but right checksums, as another program may write it, is refused
   * as damaged; it never fails otherwise and takes no more memory than it has bytes.
   */
  @Test
  void wrongNumbersAreRefused() {
    SplittableRandom random = Seeds.generator(10, "numbers", 0);
    byte[] body = UpdateBody.write(update("a", 5, 2, 7));
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] wrong = body.clone();
      wrong[random.nextInt(wrong.length)] = (byte) random.nextInt(256);
      UpdateCodec.Chunk chunk = new UpdateCodec.Chunk("a", 5, 7, 2, 0, 1, wrong);
      try {
        UpdateBody.read(chunk, wrong);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1000, 19_999);
  }

  /** Law: after a reset, what is older, or not after its interval, is void; resets may repeat. */
  @Test
  void resetsVoidWhatIsOlder() {
    UpdateRecord.Reset reset = new UpdateRecord.Reset("a", 6, 10);
    List<byte[]> half = UpdateCodec.chunks(large("a", 5, 11));
    assertThat(assembler.add(half.get(0))).isEmpty();
    assertThat(assembler.add(UpdateCodec.reset(reset))).contains(reset);
    assertThat(assembler.incomplete()).isEqualTo(1);
    assertThat(addAll(half)).isEmpty();
    assertThat(addAll(UpdateCodec.chunks(large("a", 6, 10)))).isEmpty();
    assertThat(assembler.add(UpdateCodec.reset(reset))).contains(reset);
    assertThat(addAll(UpdateCodec.chunks(large("b", 5, 1)))).hasSize(1);
    assertThat(addAll(UpdateCodec.chunks(large("a", 6, 11)))).hasSize(1);
  }

  /** Law: rows in a form that cannot be updated are an error of the trainer. */
  @Test
  void prunedRowsCannotBeUpdated() {
    StoredRows pruned =
        new SparseRows(new byte[] {1}, new StoredRows.Dense(new float[] {2}, 1), 1, 4);
    FieldChange field = new FieldChange(0, new int[] {3}, new long[0], pruned);
    NetworkChange network =
        new NetworkChange(new float[][] {{1}}, new float[][] {{2}}, List.of(field));
    ModelUpdate update =
        new ModelUpdate(header("a", 1, 1, 0), Optional.of(network), Optional.empty());
    assertThatThrownBy(() -> UpdateCodec.chunks(update))
        .hasMessage("rows of an update must be dense or factors but were SparseRows");
  }

  /** Law: the bytes of format 1 do not change; readers in other languages know them. */
  @Test
  void bytesStayTheSame() {
    byte[] chunk = UpdateCodec.chunks(update("a", 5, 2, 7)).get(0);
    assertThat(HexFormat.of().formatHex(chunk)).isEqualTo(GOLDEN);
    assertThat(HexFormat.of().formatHex(UpdateCodec.reset(new UpdateRecord.Reset("a", 5, 2))))
        .isEqualTo(GOLDEN_RESET);
  }

  private static final String GOLDEN =
      "4d525550010101006105000000000000000700000000000000020000000000000000000000010000"
          + "00fb0000000300000000000000040000000068e5cf8b010000800200000000000003020000000200"
          + "00000000803f0000004001000000000040400200000003000000cdcccc3dcdcc4c3e9a99993e0100"
          + "0000000080bf03000000000000000002000000020000000500000001000200000002000000000080"
          + "3f0000004000004040000080c0010000000102000000f7ffffffffffffff00000000000100000202"
          + "0000000001000000020000000000003f000000bf0200000000000041000010410300000000000000"
          + "000202000000000200000000000000040000000000803f00000000000000000000803f0200000000"
          + "000000100000000202000000003800c00e6845be3960cd2d";

  private static final String GOLDEN_RESET =
      "4d525550010201006105000000000000000200000000000000e58ea15b2058c090";

  private List<UpdateRecord> addAll(List<byte[]> records) {
    List<UpdateRecord> read = new ArrayList<>();
    records.forEach(record -> assembler.add(record).ifPresent(read::add));
    return read;
  }

  private static void assertSame(List<UpdateRecord> actual, List<UpdateRecord> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      ModelUpdate update = (ModelUpdate) actual.get(i);
      assertThat(update.header()).isEqualTo(((ModelUpdate) expected.get(i)).header());
      assertThat(UpdateBody.write(update))
          .isEqualTo(UpdateBody.write((ModelUpdate) expected.get(i)));
    }
  }

  private static UpdateHeader header(String arm, long epoch, long interval, long previous) {
    return new UpdateHeader(arm, epoch, interval, previous, 3, 4, 1_700_000_000_000L, 640);
  }

  /** An update with all that one can have. */
  private static ModelUpdate update(String arm, long epoch, long previous, long interval) {
    FieldChange shared =
        new FieldChange(
            0, new int[] {2, 5}, new long[0], new StoredRows.Dense(new float[] {1, 2, 3, -4}, 2));
    FieldChange owned =
        new FieldChange(
            1,
            new int[0],
            new long[] {-9, 1L << 40},
            new StoredRows.Factors(
                new StoredRows.Dense(new float[] {.5f, -.5f}, 1), new float[] {8, 9}, 2));
    FieldChange projection =
        new FieldChange(
            3,
            new int[0],
            new long[0],
            new StoredRows.Factors(
                new StoredRows.Dense(new float[0], 2), new float[] {1, 0, 0, 1}, 2));
    NetworkChange network =
        new NetworkChange(
            new float[][] {{1, 2}, {3}},
            new float[][] {{.1f, .2f, .3f}, {-1}},
            List.of(shared, owned, projection));
    LinearChange linear = new LinearChange(new int[] {0, 16}, new float[] {.5f, -2});
    return new ModelUpdate(
        header(arm, epoch, interval, previous), Optional.of(network), Optional.of(linear));
  }

  /** An update of several chunks. */
  private static ModelUpdate large(String arm, long epoch, long interval) {
    int[] rows = new int[22_000];
    float[] values = new float[8 * rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i * 3;
      values[i * 8 + i % 8] = interval + i;
    }
    FieldChange field = new FieldChange(0, rows, new long[0], new StoredRows.Dense(values, 8));
    NetworkChange network =
        new NetworkChange(new float[][] {{1}}, new float[][] {{2}}, List.of(field));
    return new ModelUpdate(
        header(arm, epoch, interval, interval - 1), Optional.of(network), Optional.empty());
  }
}
