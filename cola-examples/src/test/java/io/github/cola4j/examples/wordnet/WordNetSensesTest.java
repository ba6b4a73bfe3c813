package io.github.cola4j.examples.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.sf.extjwnl.data.POS;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordNetSensesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "flesh of a castrated male chicken | flesh of a castrated male chicken",
        "leap suddenly; \"He bounced to his feet\" | leap suddenly",
        "make a doodle; draw aimlessly | make a doodle; draw aimlessly",
        "arrive in a vehicle: \"He rolled up in a black Mercedes\" | arrive in a vehicle",
        "a summary list; as in e.g. \"a news roundup\" | a summary list",
        "the exact words used (e.g., \"he said `I am a fool'\") | the exact words used",
        "spread by scattering (\"straw\" is archaic) | spread by scattering",
        "a state of commotion;  noisy ; | a state of commotion; noisy",
      })
  void aDefinitionIsTheGlossWithoutItsExamples(String gloss, String definition) {
    assertThat(WordNetSenses.definition(gloss)).isEqualTo(definition);
  }

  @Test
  void readsWordNet() {
    List<Sense> senses = WordNetSenses.read();
    assertThat(senses)
        .contains(
            new Sense(
                POS.NOUN, "noun.food", List.of("capon"), "flesh of a castrated male chicken"));
    assertThat(senses).extracting(Sense::definition).doesNotHaveDuplicates();
    assertThat(senses).hasSize(112_324);
  }
}
