package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.util.List;

/** Decodes lines of delimited text. */
final class TextEventDecoder implements EventDecoder {

  private final EventLimits limits;
  private final EventAssembler assembler;
  private final TextRow row;
  private final int[] slotOfCell;
  private final FileFormat format;

  TextEventDecoder(
      Schema schema,
      EventLimits limits,
      FileFormat format,
      List<String> columns,
      ValueListener listener) {
    this.limits = limits;
    assembler = new EventAssembler(schema, limits, listener);
    row = new TextRow(format);
    this.format = format;
    slotOfCell = columns.stream().mapToInt(assembler::slot).toArray();
    columns.forEach(listener::key);
  }

  @Override
  public Decoded decode(byte[] buffer, int from, int length, long rowNumber) {
    if (length > limits.maxRecordBytes()) {
      return tooLarge(limits, length);
    }
    String fault = row.split(buffer, from, length);
    if (fault == null && row.cells() != slotOfCell.length) {
      fault = "a row must have " + slotOfCell.length + " cells but had " + row.cells();
      fault += row.cells() == 1 ? SeparatorHint.of(buffer, from, length, format.separator()) : "";
    }
    if (fault == null && !TextRow.isUtf8(buffer, from, length)) {
      fault = "a row " + format.encodingRule();
    }
    if (fault != null) {
      return new Reject(Reject.Reason.NOT_PARSEABLE, fault);
    }
    assembler.begin();
    assembler.bytes = row.bytes;
    for (int c = 0; c < slotOfCell.length; c++) {
      int slot = slotOfCell[c];
      if (slot >= 0) {
        assembler.open(slot, false);
        assembler.element(slot, row.from(c), row.length(c));
      }
    }
    return assembler.assemble(rowNumber);
  }

  static Reject tooLarge(EventLimits limits, int length) {
    return new Reject(
        Reject.Reason.TOO_LARGE,
        "a record must have at most "
            + limits.maxRecordBytes()
            + " bytes but had "
            + (length > limits.maxRecordBytes() + 1 ? String.valueOf(length) : "more"));
  }
}
