package io.millrace.format;

import java.util.Locale;

/**
 * The formats of event files. Text may be packed with gzip or zstd; readers recognise that by the
 * first bytes.
 */
public enum TextFormat {
  /** Comma-separated, cells may be in double quotes, as in RFC 4180. */
  CSV,
  /** Tab-separated, without quoting. */
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

  byte delimiter() {
    return (byte) (this == CSV ? ',' : '\t');
  }
}
