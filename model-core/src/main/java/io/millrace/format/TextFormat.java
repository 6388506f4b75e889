package io.millrace.format;

import java.util.Locale;

/**
 * The text formats of event files. Each may be gzipped; readers recognise that by the first bytes.
 */
public enum TextFormat {
  /** Cells between commas or another separator; they may be in double quotes, as in RFC 4180. */
  CSV,
  /** Cells between tabs or another separator, without quoting. */
  TSV,
  /** A JSON object per line. */
  JSONL;

  /** The format's name in job files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether lines are cells under a header. */
  public boolean delimited() {
    return this != JSONL;
  }

  /** The separator of cells, if none is set; empty for jsonl. */
  String separator() {
    return this == CSV ? "," : this == TSV ? "\t" : "";
  }
}
