package io.millrace.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.api.common.state.MapState;
import org.junit.jupiter.api.Test;

class BytePiecesTest {

  /** State of one key on the heap. */
  private static final class HeapState implements MapState<Integer, byte[]> {
    private final Map<Integer, byte[]> values = new HashMap<>();

    @Override
    public byte[] get(Integer key) {
      return values.get(key);
    }

    @Override
    public void put(Integer key, byte[] value) {
      values.put(key, value);
    }

    @Override
    public void putAll(Map<Integer, byte[]> all) {
      values.putAll(all);
    }

    @Override
    public void remove(Integer key) {
      values.remove(key);
    }

    @Override
    public boolean contains(Integer key) {
      return values.containsKey(key);
    }

    @Override
    public Iterable<Map.Entry<Integer, byte[]>> entries() {
      return values.entrySet();
    }

    @Override
    public Iterable<Integer> keys() {
      return values.keySet();
    }

    @Override
    public Iterable<byte[]> values() {
      return values.values();
    }

    @Override
    public Iterator<Map.Entry<Integer, byte[]>> iterator() {
      return values.entrySet().iterator();
    }

    @Override
    public boolean isEmpty() {
      return values.isEmpty();
    }

    @Override
    public void clear() {
      values.clear();
    }
  }

  // what was stored is read, whatever its size and whatever was there before; no piece is large
  @Test
  void whatIsStoredIsRead() throws Exception {
    SplittableRandom random = Seeds.generator(1, "pieces", 0);
    HeapState state = new HeapState();
    assertThat(BytePieces.read(state)).isNull();
    for (int size : new int[] {5_000_000, 0, 1, 4096, 4097, 1 << 20, (1 << 20) + 1, 3 << 20, 10}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      BytePieces pieces = new BytePieces();
      for (int at = 0; at < size; ) {
        int n = Math.min(size - at, 1 + random.nextInt(100_000));
        if (n == 1) {
          pieces.write(bytes[at]);
        } else {
          pieces.write(bytes, at, n);
        }
        at += n;
      }
      pieces.store(state);
      try (InputStream in = BytePieces.read(state)) {
        assertThat(in.readAllBytes()).isEqualTo(bytes);
        assertThat(in.read()).isEqualTo(-1);
      }
      assertThat(state.values())
          .allSatisfy(piece -> assertThat(piece).hasSizeLessThan(1 + (1 << 20)));
      assertThat(state.values).hasSizeLessThan(3 + (size >> 20));
    }
  }
}
