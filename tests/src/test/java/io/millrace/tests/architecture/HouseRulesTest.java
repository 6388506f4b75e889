package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Law: Millrace keeps each rule of the house, and each rule can be broken. */
class HouseRulesTest {
  private static final String ROOT = "io.millrace";
  private static final String BROKEN = "io.millrace.tests.architecture.broken";

  private static final JavaClasses MILLRACE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);
  private static final JavaClasses WRONG = new ClassFileImporter().importPackages(BROKEN);

  @TestFactory
  Stream<DynamicTest> millraceKeeps() {
    return new HouseRules(ROOT)
        .all().entrySet().stream()
            .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> e.getValue().check(MILLRACE)));
  }

  @TestFactory
  Stream<DynamicTest> aHouseBuiltWronglyBreaks() {
    return new HouseRules(BROKEN)
        .all().entrySet().stream()
            .map(
                e ->
                    DynamicTest.dynamicTest(
                        e.getKey(),
                        () ->
                            assertThat(e.getValue().evaluate(WRONG).hasViolation())
                                .as("the rule about %s finds what is wrong", e.getKey())
                                .isTrue()));
  }

  /** A rule about packages that were not read would hold for nothing. */
  @Test
  void everyModuleIsLookedAt() {
    for (String module : Set.of("math", "state", "kafka", "jobfile", "serving", "runs", "flink")) {
      assertThat(MILLRACE)
          .as("classes of %s", module)
          .anyMatch(c -> c.getPackageName().startsWith(ROOT + "." + module));
    }
    assertThat(MILLRACE).noneMatch(c -> c.getPackageName().startsWith(ROOT + ".tests"));
  }
}
