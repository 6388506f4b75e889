package io.millrace.state;

import io.millrace.event.EventBytes;
import io.millrace.replica.ReplicaCommand;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * {@code i32 replica | bool whether it is an event | the event}, or in its place {@code bool last |
 * the part of a message}.
 */
public final class ReplicaCommandFormat implements RecordFormat<ReplicaCommand> {
  private static final long serialVersionUID = 1L;

  @Override
  public Class<ReplicaCommand> type() {
    return ReplicaCommand.class;
  }

  @Override
  public void write(ReplicaCommand command, DataOutput out) throws IOException {
    out.writeInt(command.replica());
    out.writeBoolean(command.event() != null);
    if (command.event() != null) {
      EventBytes.write(command.event(), out);
    } else {
      out.writeBoolean(command.last());
      Texts.writeBytes(command.part(), out);
    }
  }

  @Override
  public ReplicaCommand read(int version, DataInput in) throws IOException {
    int replica = in.readInt();
    if (in.readBoolean()) {
      return new ReplicaCommand(replica, EventBytes.read(in), null, true);
    }
    boolean last = in.readBoolean();
    return new ReplicaCommand(replica, null, Texts.readBytes(in), last);
  }
}
