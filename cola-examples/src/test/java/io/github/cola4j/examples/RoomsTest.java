package io.github.cola4j.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rooms of docs/explanation/architecture.md: their size, and who may know whom. */
class RoomsTest {
  private static final int CLASSES = 20;
  private static final int LINES = 450;

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.github.cola4j");
    assertThat(classes.size()).isGreaterThan(500);
  }

  @Test
  void noPackageDependsOnItself() {
    slices().matching("io.github.cola4j.(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void noPackageHasMoreThanTwentyClasses() {
    Map<String, Long> sizes =
        classes.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .filter(type -> !isBuilder(type))
            .collect(groupingBy(JavaClass::getPackageName, counting()));
    assertThat(sizes).allSatisfy((name, size) -> assertThat(size).isLessThanOrEqualTo(CLASSES));
  }

  /** Whether a class is generated, as the builder of a record is. */
  private static boolean isBuilder(JavaClass type) {
    return type.getSimpleName().endsWith("Builder")
        && type.getMethods().stream()
            .anyMatch(
                method -> method.getName().equals("build") && method.getRawReturnType().isRecord());
  }

  @Test
  void noFileHasMoreThanFourHundredAndFiftyLines() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      List<String> large =
          files
              .filter(file -> file.toString().matches(".*/src/(main|test)/java/.*\\.java"))
              .filter(file -> lines(file) > LINES)
              .map(Path::toString)
              .toList();
      assertThat(large).isEmpty();
    }
  }

  /**
   * Its package-info says what is in it, with which class to start, and how they belong together.
   */
  @Test
  void everyPackageHasAMap() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      List<Path> packages =
          files
              .filter(file -> file.toString().matches(".*/src/main/java/.*\\.java"))
              .map(Path::getParent)
              .distinct()
              .toList();
      assertThat(packages).hasSizeGreaterThan(90).allSatisfy(RoomsTest::hasMap);
    }
  }

  private static void hasMap(Path folder) throws IOException {
    Path file = folder.resolve("package-info.java");
    assertThat(file).exists();
    String text = Files.readString(file).replaceAll("\\{@\\w+ ([^}]*)}", "`$1`");
    String comment = text.substring(0, text.indexOf("*/")).replaceAll("\n \\*", " ").strip();
    assertThat(Pattern.compile("[.]( |<|$)").matcher(comment).results().count())
        .as("sentences of " + file)
        .isGreaterThanOrEqualTo(3);
    assertThat(comment).as("a class to start with in " + file).contains("`");
  }

  private static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theMathsKnowsNoSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.github.cola4j.spark..", "io.github.cola4j.examples..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
        .check(classes);
  }

  @Test
  void deeplearning4jIsKnownInItsModuleAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.github.cola4j.dl4j..", "io.github.cola4j.examples..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.deeplearning4j..", "io.github.cola4j.dl4j..")
        .check(classes);
  }

  @Test
  void whatIsInternalIsUsedByTheTrainerAndByInferenceAlone() {
    classes()
        .that()
        .resideInAPackage("io.github.cola4j.spark.internal..")
        .should()
        .onlyBeAccessed()
        .byAnyPackage(
            "io.github.cola4j.spark",
            "io.github.cola4j.spark.inference",
            "io.github.cola4j.spark.internal..")
        .check(classes);
  }

  @Test
  void weightsKnowNoModelAndAdaptersNoSparkOrFiles() {
    noClasses()
        .that()
        .resideInAPackage("io.github.cola4j.io.weights")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.github.cola4j.model..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("io.github.cola4j.adapter..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.github.cola4j.io..", "io.github.cola4j.model..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("io.github.cola4j.nn..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.github.cola4j.adapter..", "io.github.cola4j.data..")
        .check(classes);
  }
}
