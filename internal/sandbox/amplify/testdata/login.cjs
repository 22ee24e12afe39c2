// Logs in with Axway's own client, asks the platform what it asks, and reads and
// writes with the token that it got. Prints what came of it as JSON.
const { createRequire } = require('node:module');

const { AmplifySDK } = createRequire(process.env.SDK + '/')('@axway/amplify-sdk');

async function main() {
	const base = process.env.BASE;
	const sdk = new AmplifySDK({ baseUrl: base, platformUrl: base, realm: 'Broker', tokenStoreType: 'memory' });
	const login = { baseUrl: base, clientId: process.env.CLIENT_ID, serviceAccount: true };
	if (process.env.SECRET_FILE) {
		login.secretFile = process.env.SECRET_FILE;
	} else {
		login.clientSecret = process.env.SECRET;
	}
	const account = await sdk.auth.login(login);
	const { teams } = await sdk.team.list(account, account.org.id);
	const { clients } = await sdk.client.list(account, account.org.id);
	const central = async (method, path, body) => {
		const res = await fetch(base + path, {
			method, body: body && JSON.stringify(body),
			headers: {
				Authorization: 'Bearer ' + account.auth.tokens.access_token, 'Content-Type': 'application/json',
				'X-Axway-Tenant-Id': account.org.id,
			},
		});
		return res.status;
	};
	const environments = '/apis/management/v1alpha1/environments';
	return {
		org: account.org.id,
		team: account.team && account.team.name,
		teams: teams.map(team => team.name),
		clients: clients.map(client => client.client_id),
		created: await central('POST', environments, { name: process.env.CLIENT_ID }),
		read: await central('GET', environments + '/' + process.env.CLIENT_ID),
	};
}

main().then(
	result => console.log(JSON.stringify(result)),
	err => { console.error(err); process.exitCode = 1; },
);
