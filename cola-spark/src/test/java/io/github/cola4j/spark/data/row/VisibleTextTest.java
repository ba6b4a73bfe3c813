package io.github.cola4j.spark.data.row;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibleTextTest {
  @Test
  void whatATerminalWouldObeyIsAnEscape() {
    assertThat(VisibleText.of("a\u001b]0;evil\u0007b\u009bc\u007f\ud800\u2028"))
        .isEqualTo("a\\u001b]0;evil\\u0007b\\u009bc\\u007f\\ud800\\u2028");
    assertThat(VisibleText.of("one\r\ntwo\tthree")).isEqualTo("one\\r\\ntwo\\tthree");
    assertThat(VisibleText.of("\u202eabc\u2066")).isEqualTo("\\u202eabc\\u2066");
  }

  @Test
  void letterOfAllScriptsAndEmojiStay() {
    String text = "Größe, می‌خواهم, 東京, 👩‍🚀, a\u00a0b";
    assertThat(VisibleText.of(text)).isSameAs(text);
    assertThat(VisibleText.lines(text)).isSameAs(text);
  }

  @Test
  void linesKeepBreaksAndTabsButNoLoneCarriageReturn() {
    assertThat(VisibleText.lines("a\n\tb\r\nc\rd\u001bm")).isEqualTo("a\n\tb\r\nc\\rd\\u001bm");
  }

  @Test
  void quotesShowWhatLooksLikeASpaceOrLikeNothing() {
    assertThat(VisibleText.quoted(" neg\u00a0")).isEqualTo("\" neg\\u00a0\"");
    assertThat(VisibleText.quoted("pos\u200b\ufeff\udb40\udc01"))
        .isEqualTo("\"pos\\u200b\\ufeff\\u{e0001}\"");
  }
}
