package io.millrace.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.counts.CountTable;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.event.Warning;
import io.millrace.maps.TeacherValues;
import io.millrace.values.EventValues;
import io.millrace.values.HotValues;
import io.millrace.values.HotValues.HotValue;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RecordSerializerTest {

  private static final ClickEvent EVENT =
      new ClickEvent(5, 1, new float[] {.5f}, new long[] {-1, 2, 3}, new int[] {0, 1, 3});
  private static final byte[] TEXT = {'x', 'a', 'b', 'c'};
  private static final RejectedRecord REJECT =
      new RejectedRecord(null, new byte[] {1, 2}, "t", 3, 4, "wrong_type", "I3 must be a number");

  private static <T> T copy(RecordFormat<T> format, T record) throws IOException {
    RecordSerializer<T> serializer = new RecordSerializer<>(format);
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    T copy = serializer.deserialize(in);
    assertThat(in.available()).isZero();
    return copy;
  }

  // write -> read gives the record, and reads every byte
  @Test
  void recordsComeBack() throws IOException {
    compare(new GatedEvent.Format(), new GatedEvent(EVENT, true));
    EventValues raw = new EventValues(new int[] {0, 1}, new long[] {-1, 2}, new int[] {1, 4}, TEXT);
    compare(new SourceRecord.Format(), SourceRecord.of(EVENT, raw, null));
    compare(new SourceRecord.Format(), SourceRecord.of(EVENT, EventValues.NONE, null));
    compare(new SourceRecord.Format(), SourceRecord.of(REJECT, null));
    compare(
        new SourceRecord.Format(),
        SourceRecord.of(new Warning(Warning.Kind.LOST_EVENTS, 7, null, "partition 3", 60, "gone")));
    compare(new RejectedRecordFormat(), REJECT);
    compare(
        new CountDelta.Format(),
        new CountDelta(3, 4, new long[] {5, 6}, new long[] {7, 8}, new long[] {1, 0}));
    compare(new CountDelta.Format(), CountDelta.touch(3, 4));
    compare(new MapPiece.Format(), MapPiece.of(1, 2, false, table(1, .25)));
    TeacherValues values = new TeacherValues(new long[] {1}, 2, new float[] {.5f, .25f});
    compare(new MapPiece.Format(), MapPiece.of(1, 2, true, true, values));
    compare(new ReportLine.Format(), new ReportLine(ReportLine.Kind.MAP, "a/ä", "{}"));
    compare(new SourceRecord.Format(), SourceRecord.of(new PartitionProgress(3, true, 9, 7, true)));
    compare(new PartitionProgress.Format(), new PartitionProgress(3, false, -9, -1, false));
    EventTotals totals = new EventTotals(5, 2, 1, Map.of("a", 3L, "b", 4L), 60);
    compare(new EventTotalsFormat(), totals);
    HotValues.Counted field = new HotValues.Counted(List.of(new HotValue(7, "ä", 3, 1)), 2);
    compare(
        new TotalsDelta.Format(),
        new TotalsDelta(
            totals, Map.of("maps", 5L, "counts", 6L), List.of(REJECT), List.of(field), Map.of()));
    compare(new TotalsDelta.Format(), TotalsDelta.spent("teacher", 9));
  }

  private static CountTable table(long clicks, double decayedClicks) {
    return new CountTable(
        9,
        new long[] {1},
        new long[] {2},
        new long[] {clicks},
        new double[] {.5},
        new double[] {decayedClicks});
  }

  // version 1 of counts had no clicks: they are 0
  @Test
  void countsWithoutClicksAreStillRead() throws IOException {
    DataOutputSerializer delta = new DataOutputSerializer(64);
    delta.writeInt(3);
    delta.writeLong(4);
    delta.writeInt(1);
    delta.writeLong(5);
    delta.writeLong(7);
    assertThat(
            new RecordSerializer<>(new CountDelta.Format(), 1)
                .deserialize(new DataInputDeserializer(delta.getCopyOfBuffer())))
        .usingRecursiveComparison()
        .isEqualTo(new CountDelta(3, 4, new long[] {5}, new long[] {7}, new long[] {0}));
    DataOutputSerializer piece = new DataOutputSerializer(64);
    piece.writeInt(1);
    piece.writeLong(2);
    piece.writeByte(MapPiece.Kind.COUNTS.ordinal());
    piece.writeLong(9);
    piece.writeInt(1);
    piece.writeLong(1);
    piece.writeLong(2);
    piece.writeDouble(.5);
    assertThat(
            new RecordSerializer<>(new MapPiece.Format(), 1)
                .deserialize(new DataInputDeserializer(piece.getCopyOfBuffer())))
        .usingRecursiveComparison()
        .isEqualTo(MapPiece.of(1, 2, true, table(0, 0)));
  }

  private static <T> void compare(RecordFormat<T> format, T record) throws IOException {
    assertThat(copy(format, record)).usingRecursiveComparison().isEqualTo(record);
  }

  /** Two versions of one record: the second adds a sign. */
  public static class Signed implements RecordFormat<Long> {
    private static final long serialVersionUID = 1L;
    static int version = 1;

    @Override
    public Class<Long> type() {
      return Long.class;
    }

    @Override
    public int version() {
      return version;
    }

    @Override
    public void write(Long record, DataOutput out) throws IOException {
      out.writeLong(version == 1 ? record : -record);
    }

    @Override
    public Long read(int was, DataInput in) throws IOException {
      return was == 1 ? in.readLong() : Long.valueOf(-in.readLong());
    }
  }

  // an older savepoint is migrated by a newer program; an older program refuses a newer savepoint
  @Test
  void versionsMigrateForwardOnly() throws IOException {
    Signed.version = 1;
    RecordSerializer<Long> old = new RecordSerializer<>(new Signed());
    DataOutputSerializer bytes = new DataOutputSerializer(8);
    old.serialize(42L, bytes);
    DataOutputSerializer kept = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(kept, old.snapshotConfiguration());
    TypeSerializerSnapshot<Long> snapshot =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(kept.getCopyOfBuffer()), getClass().getClassLoader());
    Signed.version = 2;
    TypeSerializerSnapshot<Long> now = new RecordSerializer<>(new Signed()).snapshotConfiguration();
    TypeSerializer<Long> reader = snapshot.restoreSerializer();
    Signed.version = 1;
    assertThat(now.resolveSchemaCompatibility(snapshot).isCompatibleAfterMigration()).isTrue();
    assertThat(snapshot.resolveSchemaCompatibility(now).isIncompatible()).isTrue();
    assertThat(snapshot.resolveSchemaCompatibility(snapshot).isCompatibleAsIs()).isTrue();
    assertThat(reader.deserialize(new DataInputDeserializer(bytes.getCopyOfBuffer())))
        .isEqualTo(42L);
  }

  // law: a savepoint that names a format by an old name is read by the format of today, and is of
  // the same records
  @Test
  void formatsAreFoundByTheirOldNames() throws IOException {
    TypeSerializerSnapshot<TotalsDelta> now =
        new RecordSerializer<>(new TotalsDelta.Format()).snapshotConfiguration();
    DataOutputSerializer kept = new DataOutputSerializer(64);
    kept.writeUTF("io.millrace.state.Tally$Format");
    kept.writeInt(new TotalsDelta.Format().version());
    RecordSnapshot<TotalsDelta> old = new RecordSnapshot<>();
    old.readSnapshot(
        1, new DataInputDeserializer(kept.getCopyOfBuffer()), getClass().getClassLoader());
    assertThat(now.resolveSchemaCompatibility(old).isCompatibleAsIs()).isTrue();
    assertThat(old.restoreSerializer()).isEqualTo(now.restoreSerializer());
  }

  // a name that no format has or had is an error that tells it
  @Test
  void anUnknownFormatIsNamed() throws IOException {
    DataOutputSerializer kept = new DataOutputSerializer(64);
    kept.writeUTF("io.millrace.state.Nothing$Format");
    kept.writeInt(1);
    assertThatThrownBy(
            () ->
                new RecordSnapshot<TotalsDelta>()
                    .readSnapshot(
                        1,
                        new DataInputDeserializer(kept.getCopyOfBuffer()),
                        getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "state: the record format io.millrace.state.Nothing$Format is not in this program");
  }
}
