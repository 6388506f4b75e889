package io.millrace.format;

import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.values.HotValues;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: what means missing, and which texts are one id, is the same in every form of an event. */
class TextRulesTest {

  private static final Schema SCHEMA =
      new Schema(
          Rows.SCHEMA.dense(),
          List.of(
              new CategoricalField("site", "site", "", 100, true),
              new CategoricalField("tags", "tags", "|", 100, false)),
          new LabelColumn("click", List.of(), .5, true),
          Rows.SCHEMA.time(),
          List.of("NA", "\\N", "-1"));

  private final EventDecoder csv = Rows.csv(SCHEMA);
  private final EventDecoder json = Rows.json(SCHEMA);

  private static ClickEvent event(EventDecoder decoder, String record) {
    assertThat(decoder.decode(utf8(record))).isInstanceOf(ClickEvent.class);
    return (ClickEvent) decoder.decode(utf8(record));
  }

  private static String object(String members) {
    return "{\"ts\":" + T + "," + members + "}";
  }

  @Test
  void missingTextsAreMissingInEveryColumn() {
    ClickEvent empty = event(csv, T + ",,,,,,");
    for (ClickEvent event :
        List.of(
            event(csv, T + ",NA,NA,\\N,\\N,NA|\\N,"),
            event(csv, T + ",-1,-1,-1,-1, NA | -1 ,"),
            event(
                json,
                object("\"click\":\"NA\",\"price\":\"\\\\N\",\"site\":[\"NA\"],\"tags\":\"NA\"")),
            event(
                json,
                object("\"click\":-1,\"price\":-1,\"site\":-1,\"tags\":[\"NA\",\"\\\\N\"]")))) {
      assertThat(Rows.same(event, empty)).isTrue();
      assertThat(event.missing(0)).isTrue();
      assertThat(event.labelled()).isFalse();
    }
    assertThat(event(csv, T + ",1,1,,NA ,,").ids()[0]).isEqualTo(IdEncoder.id("site", "NA "));
    Reject noTime = (Reject) csv.decode(utf8("NA,1,,,,,"));
    assertThat(noTime.message()).endsWith("but was missing");
  }

  @Test
  void aLabelCannotBePositiveAndMissing() {
    assertThatThrownBy(() -> SCHEMA.with(new LabelColumn("click", List.of("NA"), .5, true)))
        .hasMessage("label.positive must not hold a text of format.missing but holds 'NA'");
  }

  @Test
  void numbersAreOneId() {
    List<Long> ids = new ArrayList<>();
    for (String one : List.of("1", "1.0", "1e0", "\"1\"", "\"1.00\"", "[1]")) {
      ids.add(event(json, object("\"click\":0,\"site\":" + one)).ids()[0]);
    }
    ids.add(event(csv, T + ",0,,,1.0,,").ids()[0]);
    assertThat(ids).containsOnly(IdEncoder.id("site", "1"));
    assertThat(event(csv, T + ",0,,,1.0.0,,").ids()[0]).isEqualTo(IdEncoder.id("site", "1.0.0"));
    assertThat(event(csv, T + ",0,,,,1.0,").ids()[1]).isEqualTo(IdEncoder.id("tags", "1.0"));
  }

  // The value that a report shows does not depend on which spelling came first.
  @Test
  void reportsShowTheCanonicalNumber() {
    HotValues hot = new HotValues(SCHEMA, 10);
    EventDecoder.json(SCHEMA, EventLimits.DEFAULT, hot)
        .decode(utf8(object("\"click\":0,\"site\":1.0")));
    assertThat(hot.top(0, 1).get(0).value()).isEqualTo("1");
  }

  // Records of a schema with other ids are refused; all other schemas keep their number.
  @Test
  void numbersChangeTheFingerprint() {
    Schema texts = new Schema(SCHEMA.dense(), Rows.SCHEMA.fields(), SCHEMA.label(), SCHEMA.time());
    assertThat(texts.fingerprint()).isEqualTo(Rows.SCHEMA.fingerprint());
    assertThat(SCHEMA.fingerprint()).isNotEqualTo(texts.fingerprint());
  }

  @Test
  void blanksAroundPartsAreTrimmed() {
    ClickEvent plain = event(csv, T + ",0,,,s,a|b c|d,");
    assertThat(Rows.same(event(csv, T + ",0,,,s, a |\tb c || d ,"), plain)).isTrue();
    assertThat(
            Rows.same(
                event(json, object("\"click\":0,\"site\":\"s\",\"tags\":\"a| b c|d\"")), plain))
        .isTrue();
  }

  // A list needs no separator; a cell of such a field is one id, whatever it holds.
  @Test
  void aListHoldsSeveralValuesInAnyField() {
    ClickEvent list =
        event(json, object("\"click\":0,\"site\":[\"a\",null,\"b|c\"],\"tags\":\"t\""));
    assertThat(list.offsets()).containsExactly(0, 2, 3);
    assertThat(list.ids())
        .containsExactly(
            IdEncoder.id("site", "a"), IdEncoder.id("site", "b|c"), IdEncoder.id("tags", "t"));
    assertThat(event(csv, T + ",0,,,a|b,,").ids()[0]).isEqualTo(IdEncoder.id("site", "a|b"));
    EventLimits two = new EventLimits(1000, 2, 0, Long.MAX_VALUE, 0);
    Reject many =
        (Reject)
            EventDecoder.json(SCHEMA, two, ValueListener.none())
                .decode(utf8(object("\"click\":0,\"site\":[1,2,3]")));
    assertThat(many.message()).isEqualTo("site must have at most 2 values but had 3");
  }

  @Test
  void hintsFindWhatUsuallyMeansMissing() {
    MissingHints hints = new MissingHints(SCHEMA);
    EventDecoder decoder =
        EventDecoder.text(
            SCHEMA, EventLimits.DEFAULT, FileFormat.of(TextFormat.CSV), Rows.COLUMNS, hints);
    for (String cells :
        List.of(",0,NaN,,s,a,", ",0,NULL,,s,a,", ",0,NaN,,s,a,", ",0,,,None,-|NA,", ",0,,x,s,a,")) {
      hints.add(decoder.decode(utf8(T + cells)));
    }
    hints.add(decoder.decode(utf8("null,0,,,,,")));
    assertThat(hints.found())
        .containsExactly(
            "rows are rejected because of 'NULL' (1), 'NaN' (2); if these texts mean a missing value,"
                + " set format.missing: ['NA', '\\N', '-1', 'NULL', 'NaN']",
            "site has the ids 'None' (1); if these texts mean a missing value, set format.missing:"
                + " ['NA', '\\N', '-1', 'None']",
            "tags has the ids '-' (1); if these texts mean a missing value, set format.missing: ['NA',"
                + " '\\N', '-1', '-']");
  }
}
