package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.math.XxHash64;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {

  private static final long ATTEMPT = 77;

  private static Change change(int replica, long interval, int rows) {
    Random random = new Random(31L * replica + interval);
    long[] keys = new long[rows];
    float[] values = new float[3 * rows];
    for (int i = 0; i < rows; i++) {
      keys[i] = 5L * i - 7;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - .5f;
    }
    RowSet shared = new RowSet(keys, new float[0], values);
    RowSet owned = new RowSet(new long[] {-9, 4}, new float[] {1, 2}, new float[] {1, 2, 3, -0f});
    List<float[]> dense = List.of(new float[] {1, 2}, new float[0]);
    float[] predictions = {.25f, Float.NaN, 1};
    ModelValues delta = new ModelValues(List.of(shared, owned), dense);
    return new Change(replica, interval, delta, predictions, 2, 1, .5, 3);
  }

  private static void assertSame(Change actual, Change expected) {
    assertThat(ChangeCodec.chunks(0, actual).toArray(byte[][]::new))
        .isDeepEqualTo(ChangeCodec.chunks(0, expected).toArray(byte[][]::new));
  }

  // law: a change in chunks of any order, some of them repeated, is the same change, to the bit
  @Test
  void roundTrips() {
    List<byte[]> records = new ArrayList<>();
    for (int replica = 0; replica < 3; replica++) {
      records.addAll(ChangeCodec.chunks(ATTEMPT, change(replica, 8, 60_000)));
    }
    assertThat(records).hasSize(9).allMatch(record -> record.length <= ChangeCodec.MOST_BYTES);
    Collections.shuffle(records, new Random(1));
    records.add(4, records.get(2));
    ChangeCodec.Assembler assembler = new ChangeCodec.Assembler(ATTEMPT);
    List<Change> changes = new ArrayList<>();
    records.forEach(record -> assembler.add(record).ifPresent(changes::add));
    assertThat(changes).hasSizeGreaterThanOrEqualTo(3);
    changes.forEach(each -> assertSame(each, change(each.replica(), 8, 60_000)));
    assertThat(changes.stream().map(Change::replica)).contains(0, 1, 2);
  }

  // law: what another attempt has written is dropped
  @Test
  void dropsOtherAttempts() {
    byte[] record = ChangeCodec.chunks(ATTEMPT, change(0, 1, 2)).get(0);
    assertThat(new ChangeCodec.Assembler(ATTEMPT + 1).add(record)).isEmpty();
    assertThat(new ChangeCodec.Assembler(ATTEMPT).add(record)).isPresent();
  }

  // law: a record that is damaged in any byte, or cut anywhere, is refused with its reason
  @Test
  void refusesDamagedRecords() {
    byte[] record = ChangeCodec.chunks(ATTEMPT, change(0, 1, 2)).get(0);
    for (int i = 0; i < record.length; i++) {
      byte[] damaged = record.clone();
      damaged[i] ^= 4;
      assertRefused(damaged, "it is .*|its format .*");
      assertRefused(Arrays.copyOf(record, i), "it is .*");
    }
  }

  // law: numbers that promise more than a record holds are refused before memory is taken for them
  @Test
  void refusesNumbersThatPromiseTooMuch() {
    byte[] record = ChangeCodec.chunks(ATTEMPT, change(0, 1, 2)).get(0);
    int body = 33;
    int refused = 0;
    for (int at = body; at + 4 <= record.length - 8; at += 4) {
      for (int number : new int[] {Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
        byte[] hostile = record.clone();
        ByteBuffer.wrap(hostile).putInt(at, number);
        sign(hostile);
        refused += refusedOrRead(hostile);
      }
    }
    assertThat(refused).isGreaterThan(20);
    byte[] longer = Arrays.copyOf(record, record.length + 4);
    sign(longer);
    assertRefused(longer, "its change has other bytes than its head says");
  }

  private static void sign(byte[] record) {
    int end = record.length - 8;
    ByteBuffer.wrap(record).putLong(end, XxHash64.hash(record, 0, end, 0));
  }

  private static int refusedOrRead(byte[] record) {
    try {
      Optional<Change> read = new ChangeCodec.Assembler(ATTEMPT).add(record);
      assertThat(read).isPresent();
      return 0;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("its change .*");
      return 1;
    }
  }

  private static void assertRefused(byte[] record, String reason) {
    assertThatThrownBy(() -> new ChangeCodec.Assembler(ATTEMPT).add(record))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(reason);
  }
}
