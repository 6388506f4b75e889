package io.millrace.flink.cli;

import io.millrace.file.EventInputs;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --events} of commands that need files of events. */
final class EventsFile {

  static final String FORMS =
      "the events: csv, tsv or jsonl, plain or packed with gzip or zstd, or parquet. FILE is a file, a folder"
          + " (all its files), a pattern such as 'logs/*.csv.gz' or - for standard input; several"
          + " may be given";

  @Option(
      names = "--events",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = FORMS)
  private List<String> given;

  /** The files, for a command that reads them once; the caller closes them. */
  EventInputs once() throws IOException {
    return EventInputs.find(given, System.in, false);
  }

  /** The files, for a command that reads them more than once; the caller closes them. */
  EventInputs again() throws IOException {
    return again(given);
  }

  /** The same for names from elsewhere. */
  static EventInputs again(List<String> given) throws IOException {
    return EventInputs.find(given, System.in, true);
  }
}
