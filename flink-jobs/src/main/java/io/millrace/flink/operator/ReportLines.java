package io.millrace.flink.operator;

import io.millrace.event.Warning;
import io.millrace.runs.line.WarningColumns;
import io.millrace.state.ReportLine;

/** Makes report lines. */
final class ReportLines {

  private ReportLines() {}

  /** The line of a warning. */
  static ReportLine warning(Warning warning) {
    return new ReportLine(
        ReportLine.Kind.WARNING, warning.kind().key(), WarningColumns.LINE.json(warning));
  }
}
