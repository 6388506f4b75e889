package io.millrace.runs;

import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Stores in a run's folder what the builds of its maps give, and deletes maps that are no longer
 * needed.
 */
public final class MapStore {

  private final MapFolder folder;
  private final JobSpec job;
  private final boolean studentsApart;

  /**
   * A store.
   *
   * @param studentsApart whether students run apart from the builder: those of a replay may be
   *     behind it and, after a restart, behind what they have said, so that the maps they still
   *     need are kept
   */
  public MapStore(MapFolder folder, JobSpec job, boolean studentsApart) {
    this.folder = folder;
    this.job = job;
    this.studentsApart = studentsApart;
  }

  /**
   * Stores what one build of a field's maps gave. A window that has its map already keeps it.
   *
   * @param inUse receives the map of each window from now on
   * @return maps to announce, with a map that was there already in place of a new one
   */
  public List<MapVersion> store(int field, MapBuilder.Result result, Consumer<MapVersion> inUse)
      throws IOException {
    List<MapVersion> stored = new ArrayList<>();
    for (MapVersion map : result.maps()) {
      Optional<MapVersion> kept = folder.store(map);
      folder.prune(map, job.publish().keepMaps(), neededFrom(map.header().spec()));
      if (kept.isPresent()) {
        inUse.accept(kept.get());
        dump(kept.get(), result.inputs());
        stored.add(kept.get());
      }
    }
    String name = job.schema().fields().get(field).name();
    for (String spec : result.without()) {
      folder.skip(spec, name, result.end()).ifPresent(inUse);
    }
    return stored;
  }

  private long neededFrom(String spec) throws IOException {
    if (!studentsApart || !job.student().waitForMaps()) {
      return Long.MAX_VALUE;
    }
    return folder.neededFrom(
        job.arms().stream()
            .filter(arm -> arm.hash().mapped() && arm.mapSpec().equals(spec))
            .map(StageTimer::student)
            .toList());
  }

  private void dump(MapVersion map, List<MapBuilder.Input> inputs) throws IOException {
    if (job.hash().dumpInputs()) {
      for (MapBuilder.Input input : inputs) {
        if (input.spec().equals(map.header().spec())) {
          folder.dump(map, input);
        }
      }
    }
  }
}
