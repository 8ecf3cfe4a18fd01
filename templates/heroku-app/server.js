// The smallest app that runs at Heroku: it answers on the port that Heroku chooses.
const { createServer } = require('node:http');

const port = process.env.PORT || 5006;
const server = createServer((_request, response) => response.end('It runs.\n'));
server.listen(port, () => console.log(`http://localhost:${port}`));
