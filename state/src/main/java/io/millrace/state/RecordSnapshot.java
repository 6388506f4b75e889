package io.millrace.state;

import java.io.IOException;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a savepoint keeps about a {@link RecordSerializer}: the class of its format, and the version
 * that the records were written in. A newer program migrates older records; an older program
 * refuses newer ones.
 *
 * @param <T> the record
 */
public final class RecordSnapshot<T> implements TypeSerializerSnapshot<T> {

  /** Names in savepoints of formats that have been renamed since, with their present names. */
  private static final Map<String, String> RENAMED =
      Map.of("io.millrace.state.Tally$Format", TotalsDelta.Format.class.getName());

  private RecordFormat<T> format;
  private int version;

  /** For Flink, which reads the rest. */
  public RecordSnapshot() {}

  RecordSnapshot(RecordFormat<T> format, int version) {
    this.format = format;
    this.version = version;
  }

  @Override
  public int getCurrentVersion() {
    return 1;
  }

  @Override
  public void writeSnapshot(DataOutputView out) throws IOException {
    out.writeUTF(format.getClass().getName());
    out.writeInt(version);
  }

  @Override
  public void readSnapshot(int readVersion, DataInputView in, ClassLoader loader)
      throws IOException {
    String name = in.readUTF();
    version = in.readInt();
    try {
      @SuppressWarnings("unchecked") // the class was written by writeSnapshot of the same T
      RecordFormat<T> found =
          Class.forName(RENAMED.getOrDefault(name, name), true, loader)
              .asSubclass(RecordFormat.class)
              .getDeclaredConstructor()
              .newInstance();
      format = found;
    } catch (ReflectiveOperationException e) {
      throw new IOException("state: the record format " + name + " is not in this program", e);
    }
  }

  @Override
  public TypeSerializer<T> restoreSerializer() {
    return new RecordSerializer<>(format, version);
  }

  @Override
  public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> old) {
    if (!(old instanceof RecordSnapshot<T> that)
        || that.format.getClass() != format.getClass()
        || that.version > version) {
      return TypeSerializerSchemaCompatibility.incompatible();
    }
    return that.version == version
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
  }
}
