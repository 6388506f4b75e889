package io.millrace.snapshot;

import io.millrace.event.CategoricalField;
import io.millrace.event.Schema;
import io.millrace.hash.CompiledMap;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearSlots;
import io.millrace.linear.LinearWeights;
import io.millrace.table.StoredRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tensors of a published model.
 *
 * <p>{@code bottom.L.weight} [out, in], {@code bottom.L.bias} [out], {@code top.L...}, and for
 * field number F its rows ({@link RowTensors}, named {@code field.F}), with {@code field.F.ids}
 * [rows] (ascending, I64) if each id owns a row, or {@code field.F.map} (U8, see {@link
 * CompiledMap}) for a learned map. A linear part is {@code linear.weights} [slots + 1] (F32 or
 * F16), the last weight the bias.
 */
final class ModelTensors {

  private static final String LINEAR = "linear.weights";

  private ModelTensors() {}

  /** Adds the tensors of a model to a file. */
  static void add(PublishedModel model, Safetensors.Writer writer) {
    model.network().ifPresent(network -> addNetwork(network, writer));
    model.linear().ifPresent(linear -> addLinear(linear, writer));
  }

  private static void addLinear(LinearWeights linear, Safetensors.Writer writer) {
    switch (linear.precision()) {
      case FLOAT32 -> writer.f32(LINEAR, linear.weights(), linear.weights().length);
      case FLOAT16 -> writer.f16(LINEAR, linear.weights(), linear.weights().length);
    }
  }

  private static void addNetwork(PublishedNetwork model, Safetensors.Writer writer) {
    addMlp("bottom", model.bottom().sizes(), model.bottomParameters(), writer);
    addMlp("top", model.top().sizes(), model.topParameters(), writer);
    for (int f = 0; f < model.fields().size(); f++) {
      FieldRows field = model.fields().get(f);
      RowTensors.add("field." + f, field.rows(), writer);
      if (field instanceof FieldRows.Indexed indexed) {
        PublishedModel.require("rows out of the order of their ids", indexed.order().length, 0);
        writer.i64("field." + f + ".ids", indexed.ids(), indexed.count());
      } else if (field instanceof FieldRows.Hashed hashed
          && hashed.hash() instanceof CompiledMap map) {
        byte[] bytes = map.toBytes();
        writer.u8("field." + f + ".map", bytes, bytes.length);
      }
    }
  }

  private static void addMlp(
      String name, List<Integer> sizes, float[][] parameters, Safetensors.Writer writer) {
    for (int l = 0; l + 1 < sizes.size(); l++) {
      String layer = name + "." + l;
      writer.f32(layer + ".weight", parameters[2 * l], sizes.get(l + 1), sizes.get(l));
      writer.f32(layer + ".bias", parameters[2 * l + 1], sizes.get(l + 1));
    }
  }

  /**
   * Reads a model.
   *
   * @param folder for messages
   */
  static PublishedModel read(Manifest manifest, Safetensors tensors, Path folder)
      throws IOException {
    Optional<PublishedNetwork> network = Optional.empty();
    if (manifest.network().isPresent()) {
      network = Optional.of(readNetwork(manifest, manifest.network().get(), tensors, folder));
    }
    Optional<LinearWeights> linear = Optional.empty();
    if (manifest.linear().isPresent()) {
      linear = Optional.of(readLinear(manifest.schema(), manifest.linear().get(), tensors));
    }
    return new PublishedModel(manifest.schema(), network, linear);
  }

  private static LinearWeights readLinear(
      Schema schema, Manifest.Linear linear, Safetensors tensors) throws IOException {
    int weights = Math.addExact(linear.slots(), 1);
    LinearSlots slots = LinearSlots.of(schema, linear.slots(), linear.bins());
    return new LinearWeights(
        slots,
        linear.precision(),
        linear.precision() == LinearOptions.Precision.FLOAT16
            ? tensors.f16(LINEAR, weights)
            : tensors.f32(LINEAR, weights));
  }

  private static PublishedNetwork readNetwork(
      Manifest manifest, Manifest.Network network, Safetensors tensors, Path folder)
      throws IOException {
    List<FieldRows> fields = new ArrayList<>();
    for (int f = 0; f < network.fields().size(); f++) {
      fields.add(readField(network.fields().get(f), f, tensors, folder));
    }
    List<CategoricalField> named = manifest.schema().fields();
    for (int f = 0; f < Math.min(named.size(), fields.size()); f++) {
      if (!named.get(f).name().equals(network.fields().get(f).name())) {
        throw new IOException(folder + ": fields and schema disagree about field " + f);
      }
    }
    return new PublishedNetwork(
        network.dim(),
        network.bottom(),
        readMlp("bottom", network.bottom().layers(), tensors),
        network.top(),
        readMlp("top", network.top().layers(), tensors),
        fields);
  }

  private static FieldRows readField(Manifest.Field field, int f, Safetensors tensors, Path folder)
      throws IOException {
    StoredRows rows = RowTensors.read(field, "field." + f, tensors);
    return switch (field.kind()) {
      case INDEXED -> new FieldRows.Indexed(tensors.i64("field." + f + ".ids", field.rows()), rows);
      case MODULO, MULTI, QUOTIENT_REMAINDER ->
          new FieldRows.Hashed(field.formula(), field.combine(), rows);
      case MAP -> {
        String name = folder + ", map of field " + field.name();
        byte[] map = tensors.u8("field." + f + ".map", -1);
        yield new FieldRows.Hashed(CompiledMap.fromBytes(map, name), field.combine(), rows);
      }
    };
  }

  private static float[][] readMlp(String name, int layers, Safetensors tensors)
      throws IOException {
    float[][] parameters = new float[2 * layers][];
    for (int l = 0; l < layers; l++) {
      parameters[2 * l] = tensors.f32(name + "." + l + ".weight", -1);
      parameters[2 * l + 1] = tensors.f32(name + "." + l + ".bias", -1);
    }
    return parameters;
  }
}
