package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.UpdateTimeline.Place;
import io.millrace.serving.UpdateTimeline.Verdict;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.ModelUpdate.LinearChange;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.snapshot.UpdateRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UpdateTimelineTest {

  private static final int SLOTS = 6;
  private static final int MOST_WAITING = 3;

  /** A student: writes updates and versions, switches maps, is restored from checkpoints. */
  private static final class Student {
    final SplittableRandom random;
    final List<UpdateRecord> topic = new ArrayList<>();
    final Map<String, float[]> states = new HashMap<>();
    final List<Place> versions = new ArrayList<>();
    final List<Integer> writtenAt = new ArrayList<>();
    float[] values = new float[SLOTS];
    float[] saved = values;
    long epoch = 1;
    long interval;
    long savedInterval;
    long previous;
    long version;
    int maps = 1;
    int savedMaps = 1;

    Student(SplittableRandom random) {
      this.random = random;
      publish();
    }

    private static String key(long epoch, long interval, int maps) {
      return epoch + "/" + interval + "/" + maps;
    }

    void note() {
      states.put(key(epoch, interval, maps), values);
    }

    void update() {
      int[] slots = {random.nextInt(SLOTS), random.nextInt(SLOTS)};
      float[] changed = {random.nextInt(1000), random.nextInt(1000)};
      values = values.clone();
      values[slots[0]] = changed[0];
      values[slots[1]] = changed[1];
      interval++;
      UpdateHeader header = new UpdateHeader("arm", epoch, interval, previous, version, maps, 0, 0);
      topic.add(
          new ModelUpdate(header, Optional.empty(), Optional.of(new LinearChange(slots, changed))));
      previous = interval;
      note();
    }

    void publish() {
      version++;
      previous = interval;
      note();
      versions.add(place());
      writtenAt.add(topic.size());
    }

    Place place() {
      return new Place(version, epoch, interval, List.of(new Origin.MapId("f", maps, maps)), maps);
    }

    void switchMaps() {
      maps++;
      interval += random.nextInt(2);
      values = new float[SLOTS];
      publish();
    }

    void checkpoint() {
      saved = values;
      savedInterval = interval;
      savedMaps = maps;
    }

    void restore() {
      values = saved;
      interval = savedInterval;
      maps = savedMaps;
      epoch += 1 + random.nextInt(3);
      topic.add(new UpdateRecord.Reset("arm", epoch, interval));
      publish();
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0 -> publish();
        case 1 -> checkpoint();
        case 2 -> restore();
        case 3 -> switchMaps();
        default -> update();
      }
    }
  }

  /** A reader: it applies what its timeline says, and checks each state that it serves. */
  private static final class Reader {
    final Student student;
    final UpdateTimeline timeline = new UpdateTimeline(MOST_WAITING, 1 << 20);
    Place served;
    float[] values;
    int position;
    boolean fromBeginning;
    boolean finishing;

    Reader(Student student) {
      this.student = student;
    }

    void look(Place version) {
      Verdict verdict = timeline.decide(version);
      if (verdict == Verdict.LOAD) {
        load(version);
      } else if (verdict == Verdict.RENAME) {
        timeline.renamed(version);
        served =
            new Place(
                version.version(),
                served.epoch(),
                served.interval(),
                version.maps(),
                version.mapVersion());
      }
      apply();
    }

    private void load(Place version) {
      served = version;
      values =
          student.states.get(
              Student.key(version.epoch(), version.interval(), version.mapVersion()));
      if (timeline.loaded(version)) {
        int written = student.writtenAt.get(student.versions.indexOf(version));
        position = student.random.nextInt(1 + (finishing ? written : student.topic.size()));
        fromBeginning = false;
        timeline.reread();
      }
    }

    /** Goes back to the newest version that the student has not gone back behind. */
    void goBack() {
      timeline.back().ifPresent(this::goBack);
    }

    private void goBack(UpdateTimeline.Back back) {
      assertThat(served.epoch()).isEqualTo(back.epoch());
      assertThat(served.interval()).isGreaterThan(back.interval());
      student.versions.stream()
          .filter(v -> v.epoch() == back.epoch() && v.interval() <= back.interval())
          .max(Comparator.comparingLong(Place::version))
          .ifPresent(
              version -> {
                load(version);
                assertThat(timeline.back()).isEmpty();
                assertThat(timeline.waitsFor()).isPresent();
              });
    }

    void read(UpdateRecord record) {
      timeline.take(record);
      apply();
      if (timeline.gap() && !fromBeginning) {
        fromBeginning = true;
        timeline.reread();
        position = 0;
      }
    }

    private void apply() {
      for (Optional<ModelUpdate> due = timeline.next(); due.isPresent(); due = timeline.next()) {
        UpdateHeader header = due.get().header();
        assertThat(header.epoch()).isEqualTo(served.epoch());
        assertThat(header.interval()).isGreaterThan(served.interval());
        LinearChange change = due.get().linear().orElseThrow();
        values = values.clone();
        for (int i = 0; i < change.slots().length; i++) {
          values[change.slots()[i]] = change.weights()[i];
        }
        served =
            new Place(
                served.version(),
                header.epoch(),
                header.interval(),
                served.maps(),
                header.mapVersion());
        timeline.applied(header);
      }
      check();
    }

    void check() {
      if (served != null) {
        assertThat(values)
            .isEqualTo(
                student.states.get(
                    Student.key(served.epoch(), served.interval(), served.mapVersion())));
      }
    }
  }

  /**
   * Law: whatever order versions and records come in, repeated, lost or late, each served state is
   * one that the student had, epochs are not mixed, and nothing is applied twice. When all is
   * there, the state is the student's, or the reader says that it waits for a version.
   */
  @Test
  void anyOrderEndsInTheRightState() {
    int reached = 0;
    for (int seed = 0; seed < 3_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Student student = new Student(random);
      Reader reader = new Reader(student);
      for (int step = 0; step < 60; step++) {
        student.step();
        disturb(random, student, reader);
      }
      student.update(); // by which the reader can notice that one before was lost
      reader.finishing = true;
      finish(student, reader);
      reached += reader.timeline.waitsFor().isEmpty() ? 1 : 0;
      student.publish();
      finish(student, reader);
      assertThat(reader.timeline.waitsFor()).as("seed " + seed).isEmpty();
      assertThat(reader.values).as("seed " + seed).isEqualTo(student.values);
      assertThat(reader.served.version()).isEqualTo(student.version);
    }
    assertThat(reached).isGreaterThan(2_000);
  }

  /**
   * Law: a reset voids what was served after its interval, and nothing else; the least interval of
   * several resets counts, and those of epochs that are over do not.
   */
  @Test
  void aResetVoidsWhatCameAfterIt() {
    UpdateTimeline timeline = new UpdateTimeline(MOST_WAITING, 1 << 20);
    timeline.loaded(place(1, 4, 10));
    timeline.take(new UpdateRecord.Reset("arm", 3, 2));
    timeline.take(new UpdateRecord.Reset("arm", 4, 2));
    assertThat(timeline.back()).isEmpty();
    timeline.take(new UpdateRecord.Reset("arm", 5, 10));
    assertThat(timeline.back()).isEmpty();
    timeline.take(new UpdateRecord.Reset("arm", 6, 8));
    timeline.take(new UpdateRecord.Reset("arm", 7, 9));
    assertThat(timeline.back()).contains(new UpdateTimeline.Back(4, 8));
    timeline.loaded(place(2, 4, 8));
    assertThat(timeline.back()).isEmpty();
    assertThat(timeline.waitsFor()).hasValueSatisfying(why -> assertThat(why).contains("epoch 7"));
    timeline.loaded(place(3, 7, 9));
    assertThat(timeline.back()).isEmpty();
    timeline.take(new UpdateRecord.Reset("arm", 8, 8));
    assertThat(timeline.back()).contains(new UpdateTimeline.Back(7, 8));
  }

  private static Place place(long version, long epoch, long interval) {
    return new Place(version, epoch, interval, List.of(), 0);
  }

  private static void disturb(SplittableRandom random, Student student, Reader reader) {
    switch (random.nextInt(9)) {
      case 0 -> reader.look(student.versions.get(random.nextInt(student.versions.size())));
      case 1 -> reader.position = Math.min(student.topic.size(), reader.position + 1); // lost
      case 5 -> reader.goBack();
      case 2, 3 -> reader.look(student.versions.get(student.versions.size() - 1));
      case 4 -> {
        if (!student.topic.isEmpty()) {
          reader.read(student.topic.get(random.nextInt(student.topic.size())));
        }
      }
      default -> {
        for (int i = 0; i < 3 && reader.position < student.topic.size(); i++) {
          reader.read(student.topic.get(reader.position++));
        }
      }
    }
  }

  /** All that is there is read, and the newest version is looked at. */
  private static void finish(Student student, Reader reader) {
    for (int round = 0; round < 3; round++) {
      reader.look(student.versions.get(student.versions.size() - 1));
      while (reader.position < student.topic.size()) {
        reader.read(student.topic.get(reader.position++));
      }
    }
    if (reader.timeline.waitsFor().isEmpty()) {
      assertThat(reader.values).isEqualTo(student.values);
    }
  }
}
