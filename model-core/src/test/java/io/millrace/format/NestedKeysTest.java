package io.millrace.format;

import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Law: a column with dots is the value under that very key, or else at that path; a key that is
 * read is there once.
 */
class NestedKeysTest {

  private static final Schema SCHEMA =
      new Schema(
          List.of(DenseColumn.of("user.age", new Transform.Identity())),
          List.of(CategoricalField.of("user.geo.city", 10), CategoricalField.of("user", 10)),
          LabelColumn.of("out.click"),
          new TimeColumn.Epoch("meta.ts", TimeColumn.Unit.MS));

  private static final String REST = "'out':{'click':true},'meta':{'ts':1700000000000}";

  private final EventDecoder json =
      EventDecoder.json(SCHEMA, EventLimits.DEFAULT, ValueListener.none());

  private Object decode(String record) {
    return json.decode(utf8(record.replace('\'', '"')));
  }

  @Test
  void everyKindOfColumnHasAPath() {
    Schema schema =
        new Schema(SCHEMA.dense(), List.of(SCHEMA.fields().get(0)), SCHEMA.label(), SCHEMA.time());
    EventDecoder nested = EventDecoder.json(schema, EventLimits.DEFAULT, ValueListener.none());
    String flat = "{'user.age':33,'user.geo.city':'x','out.click':1,'meta.ts':1700000000000}";
    List<String> same =
        List.of(
            flat,
            "{'user':{'age':33,'geo':{'city':'x'}}," + REST + "}",
            "{'user':{'geo.city':'x','age':33}," + REST + "}",
            "{" + REST + ",'user':{'geo.city':'x','geo':{'city':'y'},'age':33}}",
            "{" + REST + ",'user':{'geo':{'city':'y'},'geo.city':'x','age':33}}",
            "{'user.age':33,'user':{'age':1,'age2':{}},'user.geo.city':'x'," + REST + "}",
            "{'user':{'age':1,'geo':{'city':['y']}},'user.geo.city':'x','user.age':33,"
                + REST
                + "}");
    ClickEvent expected = (ClickEvent) nested.decode(utf8(flat.replace('\'', '"')));
    assertThat(expected.dense()).containsExactly(33f);
    assertThat(expected.label()).isEqualTo(1f);
    for (String record : same) {
      Object event = nested.decode(utf8(record.replace('\'', '"')));
      assertThat(event).as(record).isInstanceOf(ClickEvent.class);
      assertThat(Rows.same((ClickEvent) event, expected)).as(record).isTrue();
    }
  }

  // Law: a step that is absent or no object makes the column missing, as an absent key does.
  @Test
  void aStepThatIsNoObjectIsMissing() {
    for (String user : List.of("'user':'bob',", "'user':null,", "'user':['bob'],", "")) {
      ClickEvent event = (ClickEvent) decode("{" + user + REST + "}");
      assertThat(event.missing(0)).as(user).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{'user.age':1,'user.age':2,REST} # user.age",
        "{'user.age':1,REST,'user.age':1} # user.age",
        "{'user':{'age':1,'age':1},REST} # user.age",
        "{'user':{'geo':{'city':1}},'user':{'geo':{'city':1}},REST} # user",
        "{'user':'bob','user':'bob',REST} # user",
        "{'user.age':null,'user.age':null,REST} # user.age",
        "{REST,'out':{'click':false}} # out",
        "{'meta.ts':1,REST,'meta.ts':2} # meta.ts",
      })
  void aKeyThatIsReadIsThereOnce(String record, String key) {
    assertThat(decode(record.replace("REST", REST)))
        .isEqualTo(
            new Reject(
                Reject.Reason.NOT_PARSEABLE,
                key + " is there twice, but a record must have each key that is read once"));
  }

  @Test
  void otherKeysMayRepeat() {
    assertThat(decode("{'x':1,'x':2,'user':{'y':1,'y':2}," + REST + ",'out':1}"))
        .isInstanceOf(Reject.class) // user is an object, and a column
        .extracting(r -> ((Reject) r).message())
        .isEqualTo("user must be a value or a list of values but was nested");
    assertThat(decode("{'x':1,'x':2,'user':'bob'," + REST + ",'out':1,'meta':[{'ts':1}]}"))
        .isInstanceOf(ClickEvent.class);
  }
}
