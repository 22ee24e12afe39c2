package pipelines

import "slices"

// The steps that are the same on more than one system.
const (
	commitAndExtract = "Commit, push, and run the workflow \"Lockstep extract\"."
	commitAndPublish = "Commit and push; a pull request is validated and planned, a merge is published."
	protectMain      = "Put your own teams into CODEOWNERS, if your forge reads it, and protect the branch main."
)

// accounts says which service accounts of Amplify there have to be.
const accounts = "In Amplify, make two service accounts for each of [dev, prod]: one that may write, and one that may only look, for the extract and for plans."

// environmentFiles says what to write where API AutoFlow is tested.
const environmentFiles = "In lockstep/environments, say for each of [dev, prod] where the data directory is, what restarts the product and what tests it: autoflowActivate."

// writeOnly says what there is not for proxies of Amplify.
const writeOnly = "Nothing reads proxies, so there is no extract. To go through runtime groups, with tests between, have the publish job call publisher promote."

// last returns the steps that end a list.
func last(gateway, commit string) []string {
	if gateway == "amplifyproxies" {
		return []string{"Add to the publish job the variables that your proxies name as passwords.", writeOnly, commitAndPublish}
	}
	return []string{commit}
}

// githubOther says what is left to do on GitHub for a product other than API Management.
func githubOther(gateway string) []string {
	steps := []string{
		"Put your own teams into .github/CODEOWNERS, and protect the branch main.",
		"Make the environments [dev, prod] with the reviewers who approve a publish, and for each one more, named with -read, that needs none.",
		"Let workflows create pull requests: Settings, Actions, General. If their plans are to show by themselves, make an app, and give each -read " +
			"environment its id as the variable LOCKSTEP_GITHUB_APP_ID and its key as the secret LOCKSTEP_GITHUB_APP_KEY.",
	}
	if gateway == "autoflow" {
		steps = append(steps, environmentFiles,
			"Register runners: for each of [dev, prod] one labelled autoflow-ENVIRONMENT that may write the data directory, and one labelled autoflow-ENVIRONMENT-read that may not.")
	} else {
		steps = append(steps, accounts, "Give each environment its variables AXWAY_CLIENT_ID and AXWAY_ORG_ID, and its secret AXWAY_CLIENT_SECRET.")
	}
	return slices.Concat(steps, last(gateway, commitAndExtract))
}

// azureOther says what is left to do in Azure DevOps for a product other than API Management.
func azureOther(gateway string) []string {
	steps := []string{
		"Require reviewers by branch policies of main; Azure Repos reads no CODEOWNERS.",
		"Make the environments [dev, prod] with the checks \"Approvals\" and \"Exclusive lock\".",
	}
	if gateway == "autoflow" {
		steps = append(steps, environmentFiles,
			"Make agent pools: for each of [dev, prod] autoflow-ENVIRONMENT, whose agents may write the data directory, and autoflow-ENVIRONMENT-read, whose may not.")
	} else {
		steps = append(steps, accounts, "Make for each of [dev, prod] two variable groups, lockstep-ENVIRONMENT and lockstep-ENVIRONMENT-read, with AXWAY_CLIENT_ID, "+
			"AXWAY_ORG_ID and, as a secret, AXWAY_CLIENT_SECRET.")
	}
	steps = append(steps, "Let the build service contribute to the repository and to its pull requests and create branches, and nobody else push to lockstep/published.")
	return slices.Concat(steps, last(gateway, "Commit and push; make a pipeline of each file in .azure-pipelines, name the plan's in a build validation policy of main, and run the extract's."))
}

// gitlabOther says what is left to do on GitLab for a product other than API Management.
func gitlabOther(gateway string) []string {
	steps := []string{
		"Put your own teams into .gitlab/CODEOWNERS, and protect the branch main.",
		"Make the environments [dev, prod], protected, with the people who approve a publish, and for each one more, named with -read.",
	}
	if gateway == "autoflow" {
		steps = append(steps, environmentFiles,
			"Register runners: for each of [dev, prod] one with the tag autoflow-ENVIRONMENT that may write the data directory, and one with the tag autoflow-ENVIRONMENT-read that may not.")
	} else {
		steps = append(steps, accounts, "Give each environment its variables: AXWAY_CLIENT_ID, AXWAY_ORG_ID and, masked, AXWAY_CLIENT_SECRET.")
	}
	steps = append(steps, "Make a project access token with the role Developer and the scopes api and write_repository, and keep it as the masked variable GITLAB_TOKEN.")
	return slices.Concat(steps, last(gateway, "Commit, push, make a schedule, and run a pipeline by hand."))
}

// giteaOther says what is left to do on Gitea or Forgejo for a product other than API Management.
func giteaOther(gateway string) []string {
	steps := []string{"Put your own teams into CODEOWNERS, and protect the branch main: there are no approvals of deployments."}
	if gateway == "autoflow" {
		steps = append(steps, environmentFiles,
			"Register runners: for each of [dev, prod] one labelled autoflow-ENVIRONMENT that may write the data directory, and one labelled autoflow-ENVIRONMENT-read that may not.")
	} else {
		steps = append(steps, "In the workflows, say for each of [dev, prod] which organization it is.",
			"In Amplify, make two service accounts: one that may write, and one that may only look, for the extract and for plans.",
			"Keep their ids as the variables PUBLISH_CLIENT_ID and READ_CLIENT_ID, their secrets as PUBLISH_CLIENT_SECRET and READ_CLIENT_SECRET.")
	}
	return slices.Concat(steps, last(gateway, commitAndExtract))
}

// jenkinsOther says what is left to do in Jenkins for a product other than API Management.
func jenkinsOther(gateway string) []string {
	steps := []string{protectMain}
	if gateway == "autoflow" {
		steps = append(steps, environmentFiles,
			"Label agents: for each of [dev, prod] one autoflow-ENVIRONMENT that may write the data directory, and one autoflow-ENVIRONMENT-read that may not.")
	} else {
		steps = append(steps, accounts, "In the Jenkinsfile, say for each of [dev, prod] which organization it is.")
	}
	steps = append(steps, "Make the credentials that the head of the Jenkinsfile names.")
	return slices.Concat(steps, last(gateway, "Commit, push, and make a multibranch job of the repository."))
}

// kubernetesOther says what is left to do in Kubernetes for a product other than API Management.
func kubernetesOther(gateway string) []string {
	steps := []string{protectMain}
	if gateway == "autoflow" {
		steps = append(steps, "In the files, say for each of [dev, prod] which ConfigMap and Deployment of API AutoFlow it is, and where the repository is.")
	} else {
		steps = append(steps, accounts, "In the files, say for each of [dev, prod] which account it is, and where the repository is.",
			"Make for each of [dev, prod] the Secret lockstep-ENVIRONMENT, of the account's secret, and lockstep-read, of the one that may only look.")
	}
	steps = append(steps, "Make the Secret lockstep-git, of a token that may push and open pull requests.")
	apply := "Apply kubernetes/extractor.yaml, and have whatever brings your changes to the cluster make the Jobs of kubernetes/publisher.yaml."
	if gateway == "amplifyproxies" {
		apply = "Have whatever brings your changes to the cluster make the Jobs of kubernetes/publisher.yaml."
	}
	return slices.Concat(steps, last(gateway, apply))
}
