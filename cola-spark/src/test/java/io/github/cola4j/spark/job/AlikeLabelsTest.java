package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AlikeLabelsTest {
  @Test
  void labelsThatDifferByCaseBlanksOrNothingSeenAreNamed() {
    Map<String, Long> labels =
        new TreeMap<>(
            Map.of(
                "neg",
                8L,
                " neg",
                1L,
                "\u00a0neg",
                1L,
                "neg\n",
                1L,
                "Pos",
                1L,
                "pos",
                7L,
                "pos\u200b",
                1L,
                "other",
                3L));
    assertThat(AlikeLabels.notice("t", labels))
        .isEqualTo(
            "task 't': of its 8 classes some differ by case, blanks or characters that are not seen"
                + " alone: \" neg\"=1, \"neg\"=8, \"neg\\n\"=1, \"\\u00a0neg\"=1; \"Pos\"=1,"
                + " \"pos\"=7, \"pos\\u200b\"=1; write them alike if they are meant to be one");
  }

  @Test
  void labelsThatDifferOtherwiseAreNot() {
    assertThat(
            AlikeLabels.notice(
                "t",
                new TreeMap<>(Map.of("1", 1L, "1.0", 1L, "ab", 1L, "a b", 1L, "é", 1L, "e", 1L))))
        .isNull();
  }

  @Test
  void manyAreNotAllNamed() {
    Map<String, Long> labels =
        IntStream.range(0, 40)
            .boxed()
            .collect(
                Collectors.toMap(
                    i -> (i % 2 == 0 ? "a" : "A") + i / 2, i -> 1L, (a, b) -> a, TreeMap::new));
    assertThat(AlikeLabels.notice("t", labels))
        .contains("of its 40 classes", "; and 10 more; write");
    assertThat(AlikeLabels.alike("A\u00a01", List.of("b", "a 1"))).isEqualTo("a 1");
    assertThat(AlikeLabels.alike("c", List.of("b", "a 1"))).isNull();
  }
}
