package io.millrace.metric;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * The golden file {@code other.json}, made by a float64 numpy twin; tests skip where it is absent.
 */
public final class GoldenOther {

  private GoldenOther() {}

  public static JsonNode section(String name) throws IOException {
    List<Path> places = new ArrayList<>();
    String named = System.getenv("MILLRACE_SHARED");
    if (named != null) {
      places.add(Path.of(named));
    }
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      places.add(up.resolve("shared"));
    }
    for (Path place : places) {
      Path file = place.resolve("golden/other.json");
      if (Files.exists(file)) {
        return new ObjectMapper().readTree(file.toFile()).get(name);
      }
    }
    assumeTrue(
        false, "golden/other.json not found; set MILLRACE_SHARED to the folder above golden");
    throw new AssertionError();
  }

  public static double[] doubles(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .flatMapToDouble(
            node ->
                node.isArray()
                    ? java.util.Arrays.stream(doubles(node))
                    : java.util.stream.DoubleStream.of(node.doubleValue()))
        .toArray();
  }

  public static float[] floats(JsonNode list) {
    double[] doubles = doubles(list);
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  public static int[] ints(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }
}
