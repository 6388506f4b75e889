package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.columns;
import static io.millrace.jobfile.Kind.text;
import static io.millrace.jobfile.Kind.texts;

import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import java.util.List;

/** Keys of the section {@code format}: how events are written in files. */
final class FormatKeys {

  static final Keys KEYS = new Keys("format");

  private static final String AUTO = "auto";

  private static final ConfigKey<TextFormat> TYPE =
      KEYS.key("type", "csv", choice(TextFormat.class))
          .doc("format of files of events; text may be packed with gzip or zstd");

  private static final ConfigKey<List<String>> COLUMNS =
      KEYS.key("columns", "[]", columns())
          .doc("names of the columns of a csv or tsv file that has no header line");

  private static final ConfigKey<String> SEPARATOR =
      KEYS.key("separator", AUTO, text())
          .doc(
              "text between the cells of a csv or tsv file, such as ; or :: or \\t for a tab; auto:"
                  + " a comma for csv, a tab for tsv");

  private static final ConfigKey<List<String>> MISSING =
      KEYS.key("missing", "[]", texts())
          .doc(
              "texts that mean a missing value in every column, such as NA or null; the empty text"
                  + " always does; also for events in Kafka and for scoring");

  private static final ConfigKey<String> ENCODING =
      KEYS.key("encoding", "utf-8", text())
          .doc(
              "encoding of files of events, a name that Java knows, such as iso-8859-1,"
                  + " windows-1252 or utf-16");

  private FormatKeys() {}

  static FileFormat read(ConfigSection in) {
    TextFormat type = in.get(TYPE);
    List<String> columns = in.get(COLUMNS);
    String separator = in.get(SEPARATOR);
    String encoding = in.get(ENCODING);
    FileFormat usual = in.checked(() -> new FileFormat(type, columns));
    return in.checked(
        () ->
            new FileFormat(
                type,
                columns,
                separator.equals(AUTO) ? usual.separator() : separator.replace("\\t", "\t"),
                encoding));
  }

  /** The texts that mean a missing value. */
  static List<String> missing(ConfigSection in) {
    List<String> missing = in.get(MISSING);
    if (missing.contains("\u0085")) {
      throw in.error(
          MISSING,
          "must not hold U+0085, which YAML reads for \"\\N\"; write '\\N' in single quotes,");
    }
    return missing;
  }
}
