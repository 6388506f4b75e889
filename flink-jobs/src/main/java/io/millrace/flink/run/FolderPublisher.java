package io.millrace.flink.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.event.EventFile;
import io.millrace.hash.MapVersion;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.stream.ArmStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Publishes models into {@code models/ARM} of a run directory.
 *
 * @param runDir the run directory
 * @param format how the job's event files are written
 */
public record FolderPublisher(String runDir, EventFile.Format format) implements ModelPublisher {

  @Override
  public Optional<String> publish(ArmStream arm, Origin.ClosedWindow window) throws IOException {
    Origin origin = origin(arm, window);
    Path models = Path.of(runDir).resolve(RunFiles.MODELS).resolve(arm.spec().name());
    PublishedModel model = PublishedModel.copyOf(arm.job().schema(), arm.model());
    ModelFolder.publish(models, model, origin, arm.job().publish().keep());
    return Optional.of(announcement(origin));
  }

  private Origin origin(ArmStream arm, Origin.ClosedWindow window) {
    return new Origin(
        arm.spec().name(),
        arm.seed(),
        arm.modelVersion(),
        arm.firstEventTime(),
        arm.lastEventTime(),
        arm.learned(),
        window,
        maps(arm),
        format);
  }

  private static List<Origin.MapId> maps(ArmStream arm) {
    List<Origin.MapId> maps = new ArrayList<>();
    for (int field = 0; field < arm.job().schema().fields().size(); field++) {
      MapVersion map = arm.map(field);
      if (map != null) {
        maps.add(new Origin.MapId(map.field(), map.version(), map.checksum()));
      }
    }
    return maps;
  }

  private static String announcement(Origin origin) {
    ObjectNode out = RunFiles.object();
    out.put("arm", origin.arm());
    out.put("seed", origin.seed());
    out.put("model_version", origin.modelVersion());
    out.put("map_version", origin.mapVersion());
    out.put("events_learned", origin.eventsLearned());
    out.put("last_event_time", origin.lastEventTime());
    out.put(
        "path",
        RunFiles.MODELS
            + "/"
            + origin.arm()
            + "/"
            + ModelFolder.versionName(origin.modelVersion()));
    return out.toString();
  }
}
