package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DenseStateTest {
  private static final MlpSpec SPEC = new MlpSpec(List.of(2, 3, 1), false);
  private static final DenseOptimizer ADAM = DenseOptimizer.of(DenseOptimizer.Rule.ADAM, .1);

  // Law: the bytes are those drawn in the class comment.
  @Test
  void layoutIsAsDrawn() throws IOException {
    DenseState state = new DenseState(SPEC, ADAM, 1);
    state.step();
    byte[] bytes = bytes(state);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    assertThat(in.getInt()).isEqualTo(0x4d4c5053);
    assertThat(in.getInt()).isEqualTo(1);
    assertThat(new int[] {in.getInt(), in.getInt(), in.getInt(), in.getInt()})
        .containsExactly(3, 2, 3, 1);
    assertThat(in.get()).isZero();
    assertThat(in.getShort()).isEqualTo((short) 4);
    in.position(in.position() + 4);
    assertThat(in.getLong()).isEqualTo(1);
    assertThat(in.getFloat()).isEqualTo(state.weights(0)[0]);
    assertThat(in.remaining() + Float.BYTES).isEqualTo(13 * 3 * Float.BYTES);
  }

  @Test
  void bytesCountGradientsAndState() {
    assertThat(new DenseState(SPEC, ADAM, 1).bytes(false)).isEqualTo(13 * 4);
    assertThat(new DenseState(SPEC, ADAM, 1).bytes(true)).isEqualTo(13 * 4 * 4);
  }

  @Test
  void damagedBytesAreNamed() throws IOException {
    byte[] bytes = bytes(new DenseState(SPEC, ADAM, 1));
    assertRefused(bytes, 0, "not the state of an MLP: magic 0x094c5053, expected 0x4d4c5053");
    assertRefused(bytes, 7, "state of an MLP has version 9, this build reads 1");
    assertRefused(bytes, 8, "state of an MLP has 150994947 widths: damaged");
    byte[] cut = Arrays.copyOf(bytes, bytes.length - 1);
    assertThatThrownBy(() -> new DenseState(SPEC, ADAM, 1).read(input(cut)))
        .isInstanceOf(EOFException.class);
  }

  // Law: the mean of states is that of their numbers and steps, of one state it is this state, and
  // states of other networks are refused.
  @Test
  void meanOfStates() throws IOException {
    DenseState one = new DenseState(SPEC, ADAM, 1);
    DenseState two = new DenseState(SPEC, ADAM, 2);
    one.step();
    two.weightGradient(0)[0] = 1;
    for (int i = 0; i < 4; i++) {
      two.step();
    }
    assertThat(mean(one)).isEqualTo(bytes(one));
    DenseState mean = new DenseState(SPEC, ADAM, 3);
    mean.read(input(mean(one, two)));
    float expected = (one.weights(0)[0] + two.weights(0)[0]) / 2;
    assertThat(mean.weights(0)[0]).isCloseTo(expected, within(1e-7f));
    ByteBuffer all = ByteBuffer.wrap(bytes(mean));
    int steps = bytes(mean).length - 13 * 3 * Float.BYTES - Long.BYTES;
    assertThat(all.getLong(steps)).isEqualTo(3); // 2.5
    DenseState other = new DenseState(new MlpSpec(List.of(2, 1), false), ADAM, 1);
    assertThatThrownBy(() -> mean(one, other))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("states to be averaged are of ");
  }

  private static byte[] mean(DenseState... states) throws IOException {
    List<DataInputStream> each = new ArrayList<>();
    for (DenseState state : states) {
      each.add(input(bytes(state)));
    }
    ByteArrayOutputStream mean = new ByteArrayOutputStream();
    DenseState.writeMean(each, new DataOutputStream(mean));
    return mean.toByteArray();
  }

  private static void assertRefused(byte[] bytes, int position, String message) {
    byte[] damaged = bytes.clone();
    damaged[position] = 9;
    assertThatThrownBy(() -> new DenseState(SPEC, ADAM, 1).read(input(damaged)))
        .isInstanceOf(IOException.class)
        .hasMessage(message);
  }

  private static byte[] bytes(DenseState state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    state.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static DataInputStream input(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }
}
