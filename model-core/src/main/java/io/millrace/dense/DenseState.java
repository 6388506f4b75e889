package io.millrace.dense;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters, gradients and optimiser state of one network on the host, with update rule and byte
 * format. Every engine keeps its master copy here, so that all engines share the update rules and
 * can read each other's checkpoints.
 *
 * <p>The bytes, big-endian:
 *
 * <pre>
 * int   magic 0x4d4c5053 ("MLPS")
 * int   version 1
 * int   number of widths, then int each width
 * byte  1 if the last layer has a ReLU, else 0
 * UTF   name of the update rule
 * long  steps taken
 * per layer: weights float[out * in] row-major, their optimiser states in order,
 *            bias float[out], its optimiser states in order
 * </pre>
 */
public final class DenseState {
  private static final int MAGIC = 0x4d4c5053;
  private static final int VERSION = 1;
  private static final int CHUNK_FLOATS = 4096;

  private final MlpSpec spec;
  private final DenseOptimizer optimizer;
  private final TensorUpdate update;
  private final float[][] values;
  private final float[][] gradients;
  private final float[][][] states;
  private float[][] part = new float[0][];
  private long steps;

  /** Draws the parameters with {@link MlpInit}; gradients and optimiser state are 0. */
  public DenseState(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    this.spec = spec;
    this.optimizer = optimizer;
    this.update = TensorUpdate.of(optimizer);
    this.values = MlpInit.draw(spec, seed);
    this.gradients = new float[values.length][];
    this.states = new float[values.length][update.states()][];
    for (int t = 0; t < values.length; t++) {
      for (int s = 0; s < update.states(); s++) {
        states[t][s] = new float[values[t].length];
      }
    }
  }

  /** Shape of the network. */
  public MlpSpec spec() {
    return spec;
  }

  /** Weights of a layer, {@code float[out * in]}, row-major; the array itself, not a copy. */
  public float[] weights(int layer) {
    return values[2 * layer];
  }

  /** Bias of a layer, {@code float[out]}; the array itself, not a copy. */
  public float[] bias(int layer) {
    return values[2 * layer + 1];
  }

  /**
   * Gradient of {@link #weights}, to be overwritten before {@link #step}. Allocated at the first
   * call, because engines that use {@link #stepPart} keep their own gradients.
   */
  public float[] weightGradient(int layer) {
    return gradient(2 * layer);
  }

  /** Gradient of {@link #bias}, to be overwritten before {@link #step}. */
  public float[] biasGradient(int layer) {
    return gradient(2 * layer + 1);
  }

  private float[] gradient(int tensor) {
    if (gradients[tensor] == null) {
      gradients[tensor] = new float[values[tensor].length];
    }
    return gradients[tensor];
  }

  /** Applies the update rule to every tensor; leaves the gradients undefined. */
  public void step() {
    steps++;
    for (int t = 0; t < values.length; t++) {
      update.apply(values[t], gradient(t), states[t], values[t].length, steps);
    }
  }

  /**
   * Counts a step that an engine applies itself; to be called before the first {@link #stepPart} of
   * the step. {@link DenseOptimizer.Rule#SGD} needs no other call.
   */
  public void countStep() {
    steps++;
  }

  /**
   * Whether the update of an element depends only on that element, as {@link #stepPart} requires.
   */
  public boolean elementwise() {
    return update.elementwise();
  }

  /**
   * Applies the update rule to a part of a layer whose parameters an engine keeps.
   *
   * @param layer the layer
   * @param bias whether the part belongs to the bias, else to the weights
   * @param from first element of the part
   * @param w the part's parameters, updated
   * @param g their gradients; may be overwritten
   * @param length elements of the part
   */
  public void stepPart(int layer, boolean bias, int from, float[] w, float[] g, int length) {
    float[][] state = states[2 * layer + (bias ? 1 : 0)];
    if (part.length < state.length || (part.length > 0 && part[0].length < length)) {
      part = new float[state.length][length];
    }
    for (int s = 0; s < state.length; s++) {
      System.arraycopy(state[s], from, part[s], 0, length);
    }
    update.apply(w, g, part, length, steps);
    for (int s = 0; s < state.length; s++) {
      System.arraycopy(part[s], 0, state[s], from, length);
    }
  }

  /** The parameters in the order of {@link DenseNet#parameters()}, not copied. */
  float[][] parameters() {
    return values.clone();
  }

  /** A copy of the parameters in the order of {@link DenseNet#parameters()}. */
  public float[][] copyOfParameters() {
    float[][] copy = new float[values.length][];
    for (int t = 0; t < values.length; t++) {
      copy[t] = values[t].clone();
    }
    return copy;
  }

  /** See {@link DenseNet#setParameters}. */
  public void setParameters(float[][] parameters) {
    for (int t = 0; t < values.length; t++) {
      System.arraycopy(parameters[t], 0, values[t], 0, values[t].length);
    }
  }

  /** See {@link DenseNet#take}. */
  void take(DenseState former, int[] inputs) {
    checkTake(former, inputs);
    takeColumns(former.values[0], values[0], inputs);
    for (int s = 0; s < states[0].length; s++) {
      takeColumns(former.states[0][s], states[0][s], inputs);
    }
    for (int t = 1; t < values.length; t++) {
      System.arraycopy(former.values[t], 0, values[t], 0, values[t].length);
      for (int s = 0; s < states[t].length; s++) {
        System.arraycopy(former.states[t][s], 0, states[t][s], 0, values[t].length);
      }
    }
    steps = former.steps;
  }

  private void checkTake(DenseState former, int[] inputs) {
    List<Integer> widths = spec.sizes().subList(1, spec.sizes().size());
    List<Integer> formerWidths = former.spec.sizes().subList(1, former.spec.sizes().size());
    if (!widths.equals(formerWidths)
        || spec.reluLast() != former.spec.reluLast()
        || optimizer.rule() != former.optimizer.rule()) {
      throw new IllegalArgumentException(
          "networks must differ in their inputs alone but are %s with %s and %s with %s"
              .formatted(former.spec, former.optimizer.rule(), spec, optimizer.rule()));
    }
    if (inputs.length != spec.inputs()) {
      throw new IllegalArgumentException(
          "inputs must be of length " + spec.inputs() + " but was of " + inputs.length);
    }
    for (int input : inputs) {
      if (input >= former.spec.inputs()) {
        throw new IllegalArgumentException(
            "inputs must be < " + former.spec.inputs() + " but one was " + input);
      }
    }
  }

  /** Copies columns of a matrix with {@code spec.sizes().get(1)} rows; new ones are 0. */
  private static void takeColumns(float[] from, float[] to, int[] columns) {
    int out = to.length / columns.length;
    int width = from.length / out;
    for (int o = 0; o < out; o++) {
      for (int c = 0; c < columns.length; c++) {
        to[o * columns.length + c] = columns[c] < 0 ? 0 : from[o * width + columns[c]];
      }
    }
  }

  /** See {@link DenseNet#bytes}. */
  public long bytes(boolean training) {
    long copies = training ? 2L + update.states() : 1L;
    return Float.BYTES * spec.parameters() * copies;
  }

  /** Writes the byte format above. */
  public void write(DataOutput out) throws IOException {
    new Head(spec, optimizer.rule().name()).write(out);
    out.writeLong(steps);
    byte[] chunk = new byte[CHUNK_FLOATS * Float.BYTES];
    for (float[] tensor : tensorsInOrder()) {
      writeFloats(out, tensor, chunk);
    }
  }

  /**
   * Reads the byte format above.
   *
   * @throws IOException if the format, shape or rule is wrong; the state is then unchanged, unless
   *     the input ends early
   */
  public void read(DataInput in) throws IOException {
    Head head = Head.read(in);
    if (!head.spec.equals(spec)) {
      throw new IOException("state is of " + head.spec + " but the network is " + spec);
    }
    if (!head.rule.equals(optimizer.rule().name())) {
      throw new IOException(
          "state is of optimizer " + head.rule + " but the network uses " + optimizer.rule());
    }
    steps = in.readLong();
    byte[] chunk = new byte[CHUNK_FLOATS * Float.BYTES];
    for (float[] tensor : tensorsInOrder()) {
      readFloats(in, tensor, chunk);
    }
  }

  /** The bytes before the number of steps. */
  private record Head(MlpSpec spec, String rule) {

    static Head read(DataInput in) throws IOException {
      int magic = in.readInt();
      if (magic != MAGIC) {
        throw new IOException(
            String.format("not the state of an MLP: magic 0x%08x, expected 0x%08x", magic, MAGIC));
      }
      int version = in.readInt();
      if (version != VERSION) {
        throw new IOException(
            "state of an MLP has version " + version + ", this build reads " + VERSION);
      }
      return new Head(readSpec(in), in.readUTF());
    }

    void write(DataOutput out) throws IOException {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeInt(spec.sizes().size());
      for (int size : spec.sizes()) {
        out.writeInt(size);
      }
      out.writeBoolean(spec.reluLast());
      out.writeUTF(rule);
    }

    /** Numbers after the steps: of each parameter its value and the state of its optimiser. */
    long floats() throws IOException {
      try {
        DenseOptimizer any = DenseOptimizer.of(DenseOptimizer.Rule.valueOf(rule), 1);
        return spec.parameters() * (1 + TensorUpdate.of(any).states());
      } catch (IllegalArgumentException e) {
        throw new IOException("state is of optimizer " + rule + ", which this build has not", e);
      }
    }
  }

  /**
   * Reads the states of networks of one shape and rule, and writes the state whose every number is
   * the mean of theirs, in the byte format above; the steps taken are rounded.
   *
   * @param each at the first byte of a state, and then behind it; at least one
   * @throws IOException if a state is damaged or they differ in shape or rule
   */
  public static void writeMean(List<? extends DataInput> each, DataOutput out) throws IOException {
    Head head = null;
    long steps = 0;
    for (DataInput in : each) {
      Head next = Head.read(in);
      if (head != null && !next.equals(head)) {
        throw new IOException("states to be averaged are of " + head + " and of " + next);
      }
      head = next;
      steps += in.readLong();
    }
    head.write(out);
    out.writeLong(Math.round((double) steps / each.size()));
    writeMeans(each, head.floats(), out);
  }

  private static void writeMeans(List<? extends DataInput> each, long floats, DataOutput out)
      throws IOException {
    byte[] chunk = new byte[CHUNK_FLOATS * Float.BYTES];
    for (long from = 0; from < floats; from += CHUNK_FLOATS) {
      int n = (int) Math.min(CHUNK_FLOATS, floats - from);
      float[] one = new float[n];
      double[] sums = new double[n];
      for (DataInput in : each) {
        readFloats(in, one, chunk);
        for (int i = 0; i < n; i++) {
          sums[i] += one[i];
        }
      }
      for (int i = 0; i < n; i++) {
        one[i] = (float) (sums[i] / each.size());
      }
      writeFloats(out, one, chunk);
    }
  }

  private static MlpSpec readSpec(DataInput in) throws IOException {
    int widths = in.readInt();
    if (widths < 2 || widths > 1000) {
      throw new IOException("state of an MLP has " + widths + " widths: damaged");
    }
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < widths; i++) {
      int size = in.readInt();
      if (size < 1) {
        throw new IOException("state of an MLP has a width of " + size + ": damaged");
      }
      sizes.add(size);
    }
    return new MlpSpec(sizes, in.readBoolean());
  }

  private List<float[]> tensorsInOrder() {
    List<float[]> tensors = new ArrayList<>();
    for (int t = 0; t < values.length; t++) {
      tensors.add(values[t]);
      tensors.addAll(List.of(states[t]));
    }
    return tensors;
  }

  private static void writeFloats(DataOutput out, float[] values, byte[] chunk) throws IOException {
    for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
      int n = Math.min(CHUNK_FLOATS, values.length - from);
      ByteBuffer.wrap(chunk).asFloatBuffer().put(values, from, n);
      out.write(chunk, 0, n * Float.BYTES);
    }
  }

  private static void readFloats(DataInput in, float[] values, byte[] chunk) throws IOException {
    for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
      int n = Math.min(CHUNK_FLOATS, values.length - from);
      in.readFully(chunk, 0, n * Float.BYTES);
      ByteBuffer.wrap(chunk).asFloatBuffer().get(values, from, n);
    }
  }
}
