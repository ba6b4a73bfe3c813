package io.github.cola4j.data.score;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How near generated answers come to those of the data; scores of several add up.
 *
 * <ul>
 *   <li>Exact match and F1 of words are SQuAD's (Rajpurkar et al., arXiv 1606.05250, section 6.1):
 *       in lower case, without ASCII punctuation and English articles; F1 = 2PR/(P + R), where P
 *       and R are the shares of the answer's and of the reference's words that both have, each as
 *       often.
 *   <li>ROUGE-L (Lin, 2004; as the package {@code rouge_score}): the same F of the longest common
 *       subsequence of words, which are runs of letters and digits in lower case. Of ASCII texts it
 *       is that package's without stemming; other letters, which that takes for spaces, count here.
 * </ul>
 *
 * @param answers that were compared
 * @param exact of these, those that match
 * @param f1Sum their F1, from 0 to 1, added up
 * @param rougeLSum their ROUGE-L, from 0 to 1, added up
 */
public record AnswerScore(long answers, long exact, double f1Sum, double rougeLSum)
    implements Serializable {
  /** Nothing compared yet. */
  public static final AnswerScore NONE = new AnswerScore(0, 0, 0, 0);

  /** Where an assistant's thinking ends. */
  private static final String THOUGHT = "</think>";

  private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");
  private static final Pattern ARTICLES =
      Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern OTHERS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

  /**
   * Compares an answer with the one that the data has. If the assistant thought first, and the
   * data's answer has no thinking, what comes after counts.
   */
  public static AnswerScore of(String answer, String reference) {
    int thought = reference.contains(THOUGHT) ? -1 : answer.lastIndexOf(THOUGHT);
    String said = thought < 0 ? answer : answer.substring(thought + THOUGHT.length());
    List<String> mine = plainWords(said);
    List<String> theirs = plainWords(reference);
    boolean equal = mine.equals(theirs);
    double f1 =
        mine.isEmpty() || theirs.isEmpty()
            ? (equal ? 1 : 0)
            : f(common(mine, theirs), mine.size(), theirs.size());
    List<String> candidate = words(OTHERS, said.toLowerCase(Locale.ROOT));
    List<String> target = words(OTHERS, reference.toLowerCase(Locale.ROOT));
    double rougeL = f(longestCommon(candidate, target), candidate.size(), target.size());
    return new AnswerScore(1, equal ? 1 : 0, f1, rougeL);
  }

  /** These answers and others. */
  public AnswerScore plus(AnswerScore other) {
    return new AnswerScore(
        answers + other.answers,
        exact + other.exact,
        f1Sum + other.f1Sum,
        rougeLSum + other.rougeLSum);
  }

  /** The share of answers that match; NaN of none. */
  public double exactMatch() {
    return (double) exact / answers;
  }

  /** The mean F1 of words; NaN of none. */
  public double f1() {
    return f1Sum / answers;
  }

  /** The mean ROUGE-L; NaN of none. */
  public double rougeL() {
    return rougeLSum / answers;
  }

  private static List<String> plainWords(String text) {
    String plain = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
    return words(SPACES, ARTICLES.matcher(plain).replaceAll(" "));
  }

  private static List<String> words(Pattern between, String text) {
    return between.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }

  private static double f(int common, int mine, int theirs) {
    return common == 0 ? 0 : 2.0 * common / (mine + theirs);
  }

  private static int common(List<String> mine, List<String> theirs) {
    List<String> left = new ArrayList<>(theirs);
    int common = 0;
    for (String word : mine) {
      common += left.remove(word) ? 1 : 0;
    }
    return common;
  }

  /** The length of the longest common subsequence, in |mine| · |theirs| steps. */
  private static int longestCommon(List<String> mine, List<String> theirs) {
    int[] longest = new int[theirs.size() + 1];
    for (String word : mine) {
      int diagonal = 0;
      for (int j = 1; j < longest.length; j++) {
        int above = longest[j];
        longest[j] =
            word.equals(theirs.get(j - 1)) ? diagonal + 1 : Math.max(above, longest[j - 1]);
        diagonal = above;
      }
    }
    return longest[theirs.size()];
  }
}
