/* The bundle's files as read-only bytes; assets.cpp gives them names and types. */
    .section .rodata
    .macro asset name, file
    .global carrel_web_\name\()_begin
    .global carrel_web_\name\()_end
    .balign 16
carrel_web_\name\()_begin:
    .incbin "\file"
carrel_web_\name\()_end:
    .byte 0
    .endm

    asset index_html, "index.html"
    asset app_js, "app.js"
    asset app_css, "app.css"
    asset favicon_svg, "favicon.svg"
    asset app_js_gz, "app.js.gz"
    asset app_css_gz, "app.css.gz"

    .section .note.GNU-stack, "", %progbits
