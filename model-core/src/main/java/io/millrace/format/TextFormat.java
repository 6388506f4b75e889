package io.millrace.format;

import java.util.Locale;

/**
 * The formats of event files. Text may be packed with gzip or zstd; readers recognise that by the
 * first bytes.
 */
public enum TextFormat {
  /** Cells between commas or another separator; they may be in double quotes, as in RFC 4180. */
  CSV,
  /** Cells between tabs or another separator, without quoting. */
  TSV,
  /** A JSON object per line. */
  JSONL,
  /** Apache Parquet, with columns that are values or lists of values; read as JSON objects. */
  PARQUET;

  /** The format's name in job files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether lines are cells under a header. */
  public boolean delimited() {
    return this == CSV || this == TSV;
  }

  /** The separator of cells, if none is set; empty for jsonl. */
  String separator() {
    return this == CSV ? "," : this == TSV ? "\t" : "";
  }
}
