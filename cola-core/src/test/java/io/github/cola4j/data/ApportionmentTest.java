package io.github.cola4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ApportionmentTest {
  private static final int[] FREQUENCY = {700, 200, 90, 10};

  private static int[] of(int total, int floor, int... most) {
    double[] weights = Arrays.stream(FREQUENCY).asDoubleStream().toArray();
    int[] fewest = Arrays.stream(most).map(m -> Math.min(floor, m)).toArray();
    return Apportionment.of(total, weights, fewest, most);
  }

  @Test
  void sharesInProportion() {
    assertThat(of(100, 0, FREQUENCY)).containsExactly(70, 20, 9, 1);
    assertThat(of(1000, 0, FREQUENCY)).isEqualTo(FREQUENCY);
  }

  @Test
  void theLargestRemaindersGetWhatIsLeft() {
    // shares 10.5, 3, 1.35, 0.15
    assertThat(of(15, 0, FREQUENCY)).containsExactly(11, 3, 1, 0);
    // shares 4.9, 1.4, 0.63, 0.07
    assertThat(of(7, 0, FREQUENCY)).containsExactly(5, 1, 1, 0);
  }

  @Test
  void theLargePayForTheFloor() {
    assertThat(of(100, 4, FREQUENCY)).containsExactly(69, 19, 8, 4);
  }

  @Test
  void theSmallGiveWhatTheyHave() {
    assertThat(of(100, 4, 700, 10, 90, 2)).containsExactly(75, 10, 13, 2);
  }

  @Test
  void equalRemaindersGoToTheFirst() {
    assertThat(
            Apportionment.of(2, new double[] {1, 1, 1}, new int[] {0, 0, 0}, new int[] {2, 2, 2}))
        .containsExactly(1, 1, 0);
  }

  @Test
  void refusesWhatCannotBeReached() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(1001, 0, FREQUENCY))
        .withMessageContaining("a total from 0 to 1000")
        .withMessageContaining("1001");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Apportionment.of(1, new double[] {0, 0}, new int[] {0, 0}, new int[] {1, 1}))
        .withMessageContaining("weights above 0");
  }
}
