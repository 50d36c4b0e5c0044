// What stands in the panel that looks inside, once it has been opened.

export const html = `
  <p class="said hint" role="status"></p>
  <div class="inside" hidden>
    <p class="about"></p>
    <fieldset>
      <legend>
        Find units that follow … (in brackets how closely: 1 or −1 is exactly, 0 not at all)
      </legend>
      <div class="patterns row"></div>
    </fieldset>
    <div class="found row" role="group" aria-label="Units found"></div>
    <div class="by-hand row">
      <span class="layers">
        <label for="lens-layer">Layer</label> <select id="lens-layer" class="layer"></select>
      </span>
      <span>
        <label for="lens-unit">Unit</label>
        <input id="lens-unit" class="unit" type="number" min="0" step="1" value="0" />
      </span>
      <span class="states">
        <label for="lens-state">State</label>
        <select id="lens-state" class="state">
          <option value="hidden">hidden</option>
          <option value="cell">cell</option>
        </select>
      </span>
      <span>
        <label for="lens-colouring">Colour by</label>
        <select id="lens-colouring" class="colouring">
          <option value="unit">the unit</option>
          <option value="bits">what each cost, in bits</option>
          <option value="why" hidden disabled>what spoke for one</option>
          <option value="rival" hidden disabled>bits saved against the other model</option>
        </select>
      </span>
      <span>
        <label for="lens-rival">Compare with</label>
        <select id="lens-rival" class="rival"><option value="">no other model</option></select>
      </span>
    </div>
    <div class="strip" tabindex="0" role="group" translate="no"></div>
    <p class="scale">
      <span class="least"></span><i aria-hidden="true"></i><span class="most"></span>
    </p>
    <ul class="rows" aria-label="Rows below the text, from the top" hidden></ul>
    <p class="readout" role="status"></p>
    <div class="row">
      <button type="button" class="keep">Keep this unit as a row</button>
      <button type="button" class="here" disabled>Find units that are on exactly here</button>
      <button type="button" class="why" disabled>Why this one?</button>
    </div>
    <details class="onward" data-section="onward">
      <summary>Change the state here, and write on</summary>
    </details>
    <details class="each-layer" data-section="layers">
      <summary>What each layer would say</summary>
    </details>
    <details class="midway" data-section="between">
      <summary>Blend the states of two beginnings</summary>
    </details>
    <div class="standing"></div>
  </div>`;
