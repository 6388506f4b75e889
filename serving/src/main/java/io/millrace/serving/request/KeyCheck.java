package io.millrace.serving.request;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.ColumnWatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * How the keys of an event differ from the columns of the model. Of each kind at most {@link #MOST}
 * names are kept.
 *
 * @param missing columns that neither the context nor the candidate has
 * @param unknown keys that no column has
 * @param repeated columns that both the context and the candidate have
 */
public record KeyCheck(List<String> missing, List<String> unknown, List<String> repeated) {

  public static final KeyCheck CLEAN = new KeyCheck(List.of(), List.of(), List.of());

  /** Most names of a kind; the context's are there once for each candidate. */
  private static final int MOST = 20;

  /** Compares the keys of a context and a candidate with the columns. */
  static KeyCheck of(ColumnWatch columns, Set<String> context, Set<String> candidate) {
    List<String> missing = new ArrayList<>();
    List<String> repeated = new ArrayList<>();
    for (String column : columns.columns()) {
      boolean above = context.contains(column);
      boolean below = candidate.contains(column);
      if (above == below && missing.size() + repeated.size() < MOST) {
        (above ? repeated : missing).add(column);
      }
    }
    List<String> unknown = new ArrayList<>();
    addUnknown(columns, context, unknown);
    addUnknown(columns, candidate, unknown);
    return new KeyCheck(missing, unknown, repeated);
  }

  /** Whether there is no difference. */
  public boolean isClean() {
    return missing.isEmpty() && repeated.isEmpty() && unknown.isEmpty();
  }

  private static void addUnknown(ColumnWatch columns, Set<String> keys, List<String> unknown) {
    for (String key : keys) {
      if (!columns.isKnown(key) && unknown.size() < MOST) {
        unknown.add(ColumnWatch.printable(key));
      }
    }
  }

  /** What is wrong, and how to ask for a score all the same. */
  String message(ColumnWatch columns) {
    List<String> parts = new ArrayList<>();
    if (!repeated.isEmpty()) {
      parts.add(
          "a column must be in the context or in the candidate but these are in both: "
              + ColumnWatch.shorten(repeated));
    }
    if (!missing.isEmpty()) {
      parts.add(
          "every column of the model must be there, with null if it has no value, but these are not: "
              + ColumnWatch.shorten(missing));
    }
    if (!unknown.isEmpty()) {
      parts.add("these keys are no columns of the model: " + ColumnWatch.shorten(unknown));
      parts.addAll(suggestions(columns));
    }
    return String.join("; ", parts) + "; ?missing=allow scores with what is there";
  }

  private List<String> suggestions(ColumnWatch columns) {
    List<String> near = new ArrayList<>();
    for (String key : unknown) {
      String column = columns.nearest(key);
      if (!column.isEmpty() && missing.contains(column)) {
        near.add("did you mean '" + column + "' by '" + key + "'?");
      }
    }
    return near;
  }

  /** Writes the kinds that have names, each as a list. */
  public void write(JsonGenerator json) throws IOException {
    write("missing", missing, json);
    write("unknown", unknown, json);
    write("repeated", repeated, json);
  }

  private static void write(String kind, List<String> names, JsonGenerator json)
      throws IOException {
    if (!names.isEmpty()) {
      json.writeArrayFieldStart(kind);
      for (String name : names) {
        json.writeString(name);
      }
      json.writeEndArray();
    }
  }
}
