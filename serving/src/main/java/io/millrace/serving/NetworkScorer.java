package io.millrace.serving;

import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Interaction;
import io.millrace.event.ClickEvent;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.PublishedNetwork;
import java.util.Arrays;
import java.util.List;

/**
 * The forward pass of a published DLRM in plain Java; the network is drawn at {@link
 * io.millrace.dlrm.Dlrm}. Thread-safe: each call has its own buffers.
 */
final class NetworkScorer {

  private final PublishedNetwork model;
  private final int denseColumns;
  private final Layer[] bottom;
  private final Layer[] top;
  private final int lookups;

  /**
   * A layer with its weights transposed to {@code float[in * out]}, so that the JIT compiler
   * vectorises the inner loop.
   */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Layer(float[] weights, float[] bias, int in, int out, boolean relu) {

    float[] forward(float[] x) {
      float[] y = bias.clone();
      for (int i = 0; i < in; i++) {
        float xi = x[i];
        int row = i * out;
        for (int o = 0; o < out; o++) {
          y[o] += xi * weights[row + o];
        }
      }
      if (relu) {
        for (int o = 0; o < out; o++) {
          y[o] = Math.max(0, y[o]);
        }
      }
      return y;
    }
  }

  /**
   * Prepares a network; copies the weights of its MLPs.
   *
   * @param denseColumns of the schema; without any, the bottom MLP's input is the constant 1
   */
  NetworkScorer(PublishedNetwork model, int denseColumns) {
    this.model = model;
    this.denseColumns = denseColumns;
    this.bottom = layers(model.bottom(), model.bottomParameters());
    this.top = layers(model.top(), model.topParameters());
    this.lookups = model.fields().stream().mapToInt(FieldRows::lookups).max().orElse(1);
  }

  private static Layer[] layers(MlpSpec spec, float[][] parameters) {
    Layer[] layers = new Layer[spec.layers()];
    for (int l = 0; l < layers.length; l++) {
      int in = spec.sizes().get(l);
      int out = spec.sizes().get(l + 1);
      float[] turned = new float[in * out];
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          turned[i * out + o] = parameters[2 * l][o * in + i];
        }
      }
      boolean relu = l < layers.length - 1 || spec.reluLast();
      layers[l] = new Layer(turned, parameters[2 * l + 1], in, out, relu);
    }
    return layers;
  }

  /**
   * Computes logits.
   *
   * @param logits receives them, in the order of the events
   */
  void logits(List<ClickEvent> events, float[] logits) {
    int fields = model.fields().size();
    Interaction interaction = new Interaction(fields + 1, model.dim());
    float[] v = new float[(fields + 1) * model.dim()];
    float[] topIn = new float[interaction.outputs()];
    int[] found = new int[lookups];
    for (int e = 0; e < events.size(); e++) {
      ClickEvent event = events.get(e);
      float[] x = denseColumns == 0 ? new float[] {1} : event.dense();
      System.arraycopy(forward(bottom, x), 0, v, 0, model.dim());
      Arrays.fill(v, model.dim(), v.length, 0);
      for (int f = 0; f < fields; f++) {
        addVectors(event, f, found, v);
      }
      interaction.forward(v, 1, topIn);
      logits[e] = forward(top, topIn)[0];
    }
  }

  private static float[] forward(Layer[] layers, float[] x) {
    float[] y = x;
    for (Layer layer : layers) {
      y = layer.forward(y);
    }
    return y;
  }

  private void addVectors(ClickEvent event, int f, int[] found, float[] v) {
    FieldRows field = model.fields().get(f);
    int to = (f + 1) * model.dim();
    for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
      int n = field.lookUp(event.ids()[i], found);
      field.combine().add(field.rows(), found, n, v, to);
    }
  }
}
