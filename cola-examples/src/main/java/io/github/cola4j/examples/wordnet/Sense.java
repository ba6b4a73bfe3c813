package io.github.cola4j.examples.wordnet;

import java.util.List;
import java.util.Locale;
import net.sf.extjwnl.data.POS;

/**
 * A synset with a definition of its own.
 *
 * @param partOfSpeech noun, verb, adjective or adverb
 * @param file the lexicographer file, such as {@code noun.animal}
 * @param words the words that have this sense, with spaces between their parts
 * @param definition the gloss without its example sentences; no other sense has the same
 */
record Sense(POS partOfSpeech, String file, List<String> words, String definition) {
  /** The file without its part of speech: {@code animal}. */
  String domain() {
    return file.substring(file.indexOf('.') + 1);
  }

  boolean hasWord(String word) {
    return words.stream().anyMatch(word::equalsIgnoreCase);
  }

  /** Whether the definition gives the word away, alone or inside a longer one. */
  boolean mentions(String word) {
    return definition.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT));
  }
}
