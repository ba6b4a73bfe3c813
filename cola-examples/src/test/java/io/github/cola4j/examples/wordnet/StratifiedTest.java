package io.github.cola4j.examples.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StratifiedTest {
  private static final int[] FREQUENCY = {700, 200, 90, 10};

  @Test
  void sharesInProportion() {
    assertThat(Stratified.allocate(100, FREQUENCY, 0, FREQUENCY)).containsExactly(70, 20, 9, 1);
    assertThat(Stratified.allocate(1000, FREQUENCY, 0, FREQUENCY)).isEqualTo(FREQUENCY);
  }

  @Test
  void theLargeClassesPayForTheFloor() {
    assertThat(Stratified.allocate(100, FREQUENCY, 4, FREQUENCY)).containsExactly(69, 19, 8, 4);
  }

  @Test
  void aSmallClassGivesWhatItHas() {
    assertThat(Stratified.allocate(100, FREQUENCY, 4, new int[] {700, 10, 90, 2}))
        .containsExactly(75, 10, 13, 2);
  }
}
