-- Run by Quarto before it renders: without prepared pages it would make an empty site in silence.
local page = io.open("report/index.ipynb")
if not page then
  io.stderr:write("ERROR: no pages to render; make them with: make build (then make site, or quarto render)\n")
  os.exit(1)
end
page:close()
