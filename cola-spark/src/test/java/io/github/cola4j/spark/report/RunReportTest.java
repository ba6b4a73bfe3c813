package io.github.cola4j.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page of a report. */
class RunReportTest {
  private static final Set<String> REQUESTS =
      Set.of("src", "srcset", "action", "formaction", "poster", "data", "background", "ping");

  @TempDir private static Path folder;

  static Stream<RunReport> reports() {
    return SampleReports.all();
  }

  private static Document page(RunReport report) throws IOException {
    Path file = folder.resolve(RunReport.FILE);
    report.write(file);
    Parser parser = Parser.htmlParser().setTrackErrors(10);
    Document page = Jsoup.parse(Files.readString(file), "", parser);
    assertThat(parser.getErrors()).isEmpty();
    return page;
  }

  @ParameterizedTest
  @MethodSource("reports")
  void isAWholePageThatAsksForNothing(RunReport report) throws IOException {
    Document page = page(report);

    for (Element element : page.getAllElements()) {
      element
          .attributes()
          .forEach(
              attribute -> {
                assertThat(attribute.getKey()).isNotIn(REQUESTS).doesNotStartWith("on");
                assertThat(
                        attribute.getKey().equals("href") && !attribute.getValue().startsWith("#"))
                    .isFalse();
              });
    }
    assertThat(page.select("link, img, iframe, object, embed, base, form")).isEmpty();
    assertThat(page.select("style").html()).doesNotContain("@import", "url(");
    assertThat(page.select("script")).hasSize(2);
    assertThat(page.select("meta[http-equiv=Content-Security-Policy]").attr("content"))
        .startsWith("default-src 'none'")
        .doesNotContain("http");
  }

  @ParameterizedTest
  @MethodSource("reports")
  void isReadableWithoutAScript(RunReport report) throws IOException {
    Document page = page(report);

    assertThat(page.select("table caption")).hasSameSizeAs(page.select("table"));
    assertThat(page.select("thead th:not([scope=col])")).isEmpty();
    assertThat(page.select("tbody th:not([scope=row])")).isEmpty();
    assertThat(page.select("[id]").eachAttr("id")).doesNotHaveDuplicates();
    for (Element area : page.select(".plot-area")) {
      assertThat(area.attr("aria-label")).contains("numbers are in the table");
      Element table = page.getElementById(area.attr("data-table"));
      assertThat(table).isNotNull();
      assertThat(table.select("tbody tr")).hasSize(6);
    }
    for (Element link : page.select("a[href]")) {
      assertThat(page.getElementById(link.attr("href").substring(1))).isNotNull();
    }
  }

  @Test
  void whatComesFromDataIsText() throws IOException {
    Document page = page(SampleReports.evil());

    String evil = SampleReports.EVIL;
    assertThat(page.title()).isEqualTo(evil + " – CoLA4J report");
    assertThat(page.select("h1").text()).isEqualTo(evil);
    assertThat(page.select("pre").text()).contains(evil);
    assertThat(page.select(".matrix tbody th").eachText()).contains(evil, "b" + evil);
    assertThat(page.select(".mistakes td").eachText()).contains(evil + " " + evil, evil, "90.0%");
    assertThat(page.select(".matrix td[title]").get(0).attr("title"))
        .isEqualTo(evil + " answered as " + evil);
    assertThat(page.select("b")).isEmpty();
  }

  @Test
  void manyTasksAreFoldedAndSmall() throws IOException {
    RunReport report = SampleReports.classifiers(300, 5);
    Document page = page(report);

    assertThat(Files.size(folder.resolve(RunReport.FILE))).isLessThan(4_000_000);
    assertThat(page.select("details.task")).hasSize(300);
    assertThat(page.select("details.task[open]")).isEmpty();
    assertThat(page.select("#chart-loss thead th").eachText())
        .containsExactly("Round", "median task", "lowest", "highest");
    assertThat(page.select("table.sortable").first().select("tbody tr")).hasSize(300);
  }

  @Test
  void aProgramGivesWhatItKnows() throws IOException {
    RunReport full = SampleReports.classifiers(1, 3);
    Document page =
        page(
            RunReportBuilder.builder()
                .name("own")
                .tasks(full.tasks())
                .rounds(full.rounds())
                .build());
    assertThat(page.select(".facts dt").eachText())
        .containsExactly("Tasks", "Rounds", "First to last round");
    assertThat(page.select("pre")).isEmpty();
  }

  @Test
  void memoryAndUtilisationOfGpusAreThereIfGpusTrained() throws IOException {
    RunReport report = SampleReports.classifiers(2, 3);
    Document page = page(SampleReports.onGpus(report));

    // of six rounds, 55% in the first and 80% in the last
    assertThat(page.select(".facts dt:contains(GPU) + dd").text())
        .isEqualTo("12.3 GB in use at most, 67.5% utilisation");
    assertThat(page.select("#chart-gpu-memory tbody td").eachText()).containsOnly("12.30");
    assertThat(page.select("#chart-gpu-utilization tbody td").eachText())
        .startsWith("55.0%")
        .endsWith("80.0%");
    assertThat(page(report).text()).doesNotContain("GPU");
  }

  @Test
  void manyClassesAreAListOfConfusions() throws IOException {
    Document page = page(SampleReports.classifiers(1, 60));
    assertThat(page.select(".matrix")).isEmpty();
    assertThat(page.select("h4").eachText()).contains("Most frequent confusions");
  }

  @Test
  void aLanguageModelHasPerplexityAndQuestions() throws IOException {
    Document page = page(SampleReports.languageModel());
    List<String> cells = page.select("#overview ~ .scroll tbody td").eachText();
    // exp(6100 / 4000), 2500 / 4000, 31 and 55 of 100
    assertThat(cells).contains("4.595", "62.5%", "31.0%", "55.0%", "45.2–64.4%");
    assertThat(page.select(".matrix, .warnings")).isEmpty();
  }

  @Test
  void generatedAnswersHaveScoresAndTexts() throws IOException {
    Document page = page(SampleReports.languageModel());
    // 20 of 50, 30.5 / 50, 31.25 / 50
    assertThat(page.select("#overview ~ .scroll tbody td").eachText())
        .containsSequence("50", "40.0%", "27.6–53.8%", "61.0%", "62.5%");
    String evil = SampleReports.EVIL;
    assertThat(page.select(".answers td").eachText())
        .containsExactly(evil, evil, evil + " cut at the most tokens");
    assertThat(page.select("b")).isEmpty();
    assertThat(page.select("details.task .note").text()).endsWith("; 2 could not be asked");
    assertThat(page(SampleReports.classifiers(2, 3)).text()).doesNotContain("ROUGE");
  }

  @Test
  void numbersAreShownWithFourDigitsInAnyLanguage() {
    assertThat(Show.number(0.123456)).isEqualTo("0.1235");
    assertThat(Show.number(1234567.0)).isEqualTo("1235000");
    assertThat(Show.number(3e-5)).isEqualTo("3.000e-05");
    assertThat(Show.number(0.0)).isEqualTo("0");
    assertThat(Show.number(Double.NaN)).isEqualTo("–");
    assertThat(Show.percent(0.5)).isEqualTo("50.0%");
    assertThat(Show.seconds(134.2)).isEqualTo("2 min 14 s");
    assertThat(Show.seconds(8000)).isEqualTo("2 h 13 min");
  }
}
