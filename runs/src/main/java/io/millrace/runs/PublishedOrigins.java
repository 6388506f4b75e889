package io.millrace.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.format.FileFormat;
import io.millrace.hash.MapVersion;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.student.Student;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where published models come from.
 *
 * @param format how the job's event files are written
 * @param updates Kafka's topic of the updates that students emit, if they do
 */
record PublishedOrigins(FileFormat format, String updates) implements Serializable {

  /** The origin of the current model of a student. */
  Origin of(Student arm, Origin.ClosedWindow window) {
    return new Origin(
        arm.spec().name(),
        arm.seed(),
        arm.modelVersion(),
        arm.firstEventTime(),
        arm.lastEventTime(),
        arm.learned(),
        window,
        maps(arm),
        format,
        updatesAt(arm));
  }

  private Optional<Origin.UpdatesAt> updatesAt(Student arm) {
    return arm.updates().epoch() == 0
        ? Optional.empty()
        : Optional.of(
            new Origin.UpdatesAt(
                updates,
                arm.job().arms().indexOf(arm.spec()),
                arm.updates().epoch(),
                arm.updates().interval()));
  }

  private static List<Origin.MapId> maps(Student arm) {
    List<Origin.MapId> maps = new ArrayList<>();
    for (int field = 0; field < arm.job().schema().fields().size(); field++) {
      MapVersion map = arm.map(field);
      if (map != null) {
        maps.add(new Origin.MapId(map.field(), map.version(), map.checksum()));
      }
    }
    return maps;
  }

  /** The announcement of a version that is written, one line of JSON. */
  static String announcement(Origin origin) {
    ObjectNode out = RunFiles.object();
    out.put("arm", origin.arm());
    out.put("seed", origin.seed());
    out.put("model_version", origin.modelVersion());
    out.put("map_version", origin.mapVersion());
    out.put("events_learned", origin.eventsLearned());
    out.put("last_event_time", origin.lastEventTime());
    String version = ModelFolder.versionName(origin.modelVersion());
    out.put("path", "%s/%s/%s".formatted(RunFiles.MODELS, origin.arm(), version));
    return out.toString();
  }
}
