package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.columns;

import io.millrace.format.EventFile;
import io.millrace.format.TextFormat;
import java.util.List;

/** Keys of the section {@code format}: how events are written in files. */
final class FormatKeys {

  static final Keys KEYS = new Keys("format");

  private static final ConfigKey<TextFormat> TYPE =
      KEYS.key("type", "csv", choice(TextFormat.class))
          .doc("format of files of events; text may be packed with gzip or zstd");

  private static final ConfigKey<List<String>> COLUMNS =
      KEYS.key("columns", "[]", columns())
          .doc("names of the columns of a csv or tsv file that has no header line");

  private FormatKeys() {}

  static EventFile.Format read(ConfigSection in) {
    return in.checked(() -> new EventFile.Format(in.get(TYPE), in.get(COLUMNS)));
  }
}
