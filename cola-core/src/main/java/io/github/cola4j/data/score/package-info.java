/** How near a text that was generated comes to the one that the data has. */
package io.github.cola4j.data.score;
