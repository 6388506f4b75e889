package io.millrace.jobfile;

import java.util.List;

/**
 * One key of the job file, defined by {@link Keys#key}.
 *
 * @param path its full name; {@code []} stands for each entry of a list
 * @param defaultText the default, written as in YAML; null if the key is required
 * @param kind the values that it takes
 * @param doc what it means, one sentence
 * @param overridden the key whose value is its default; null if {@code defaultText} is
 */
record ConfigKey<T>(String path, String defaultText, Kind<T> kind, String doc, String overridden) {

  /** The name after the last dot. */
  String name() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The text of the default, or the texts of its entries. */
  List<String> defaultTexts() {
    return texts(defaultText);
  }

  /** A value written as in YAML: its text, or the texts of its entries. */
  List<String> texts(String written) {
    if (!kind.type().isList()) {
      return List.of(written);
    }
    String inner = written.replaceAll("[\\[\\] ]", "");
    return inner.isEmpty() ? List.of() : List.of(inner.split(",", -1));
  }

  /** A resolved value as {@link #texts} reads it. */
  static String text(Object resolved) {
    return resolved instanceof Double number ? Range.show(number) : String.valueOf(resolved);
  }

  /** Whether two texts are the same value, such as 1 and 1.0; false if one is no value. */
  boolean sameValue(String one, String other) {
    try {
      return one.equals(other)
          || kind.parser().apply(texts(one)).equals(kind.parser().apply(texts(other)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** What the resolved file holds: the text of a value if there is one, with secrets masked. */
  Object resolved(List<String> texts, T value) {
    return switch (kind.type()) {
      case TEXT, DURATION -> kind.secret() && !texts.get(0).isEmpty() ? Kind.MASK : texts.get(0);
      case TEXTS -> texts;
      default -> value;
    };
  }
}
